import { UnserializableError } from '../../../operators/model/index.ts'
import type { OpenStore } from '../../../operators/ports/index.ts'
import { equal, fails, holds } from './expect.ts'
import { hostileNames } from './hostile.ts'
import { unserializable } from './refusing.ts'
import type { Checks } from './StoreOpener.ts'

export const snapshots: Checks = {
  'where no snapshot is stored there is none': async ({ snapshots }) => {
    equal('the snapshot', await snapshots.load('a', 1), undefined)
  },

  'a snapshot comes back as it went in': async ({ snapshots }) => {
    const states = [null, false, 0, '', [], {}, 1e300, { deep: [{ er: '\ud800\0' }] }, JSON.parse('{"__proto__": 1}')]
    for (const [index, state] of states.entries()) {
      await snapshots.save(`p${index}`, 1, { offset: index, state })
      equal('the snapshot', await snapshots.load(`p${index}`, 1), { offset: index, state })
    }
  },

  'the newest snapshot is the one that is loaded': async ({ snapshots }) => {
    for (const offset of [1, 5, 9, 10, 100]) await snapshots.save('a', 1, { offset, state: { at: offset } })
    equal('the snapshot', await snapshots.load('a', 1), { offset: 100, state: { at: 100 } })
  },

  'a snapshot with an earlier offset changes nothing': async ({ snapshots }) => {
    await snapshots.save('a', 1, { offset: 10, state: 'newer' })
    await snapshots.save('a', 1, { offset: 9, state: 'older' })
    equal('the snapshot', await snapshots.load('a', 1), { offset: 10, state: 'newer' })
  },

  'a snapshot with the same offset replaces the stored one': async ({ snapshots }) => {
    await snapshots.save('a', 1, { offset: 10, state: 'first' })
    await snapshots.save('a', 1, { offset: 10, state: 'second' })
    equal('the snapshot', await snapshots.load('a', 1), { offset: 10, state: 'second' })
  },

  'a save has captured the state when the call returns': async ({ snapshots }) => {
    const state = { list: [1] }
    const saved = snapshots.save('a', 1, { offset: 1, state })
    state.list.push(2)
    await saved
    state.list.push(3)
    equal('the snapshot', await snapshots.load('a', 1), { offset: 1, state: { list: [1] } })
  },

  'each load gives fresh objects': async ({ snapshots }) => {
    await snapshots.save('a', 1, { offset: 1, state: { list: [1] } })
    const loaded = (await snapshots.load('a', 1))!
    ;(loaded.state as { list: number[] }).list.push(2)
    Object.assign(loaded, { offset: 7 })
    equal('the snapshot', await snapshots.load('a', 1), { offset: 1, state: { list: [1] } })
  },

  'names and versions are kept apart': async ({ snapshots }) => {
    const keys = [...hostileNames, 'p', 'p@1', 'p@2', '1 p', 'p 1', 'p1'].flatMap((name) => [
      [name, 1] as const,
      [name, 11] as const,
    ])
    for (const [index, [name, version]] of keys.entries())
      await snapshots.save(name, version, { offset: index, state: index })
    for (const [index, [name, version]] of keys.entries()) {
      equal(`the snapshot of ${name} ${version}`, await snapshots.load(name, version), { offset: index, state: index })
    }
  },

  'a delete forgets the snapshots of its name and version, and no others': async ({ snapshots }) => {
    for (const offset of [5, 6]) {
      await snapshots.save('a', 1, { offset, state: 1 })
      await snapshots.save('a', 2, { offset, state: 2 })
      await snapshots.save('b', 1, { offset, state: 3 })
    }
    await snapshots.delete('a', 1)
    await snapshots.delete('missing', 1)
    equal('the deleted snapshot', await snapshots.load('a', 1), undefined)
    equal('another version', await snapshots.load('a', 2), { offset: 6, state: 2 })
    equal('another name', await snapshots.load('b', 1), { offset: 6, state: 3 })
  },

  'after a delete a save starts from nothing': async ({ snapshots }) => {
    await snapshots.save('a', 1, { offset: 10, state: 'old' })
    await snapshots.delete('a', 1)
    await snapshots.save('a', 1, { offset: 2, state: 'new' })
    equal('the snapshot', await snapshots.load('a', 1), { offset: 2, state: 'new' })
  },

  'a state that JSON would change is refused, and the stored snapshot stays': async ({ snapshots }) => {
    await snapshots.save('a', 1, { offset: 1, state: 'good' })
    for (const [path, state] of [...unserializable, ['$', undefined] as const]) {
      const error = await fails(`a save of what JSON changes at ${path}`, UnserializableError, () =>
        snapshots.save('a', 1, { offset: 2, state }),
      )
      holds(error.path.startsWith('$'), `the path must begin with $, not be ${error.path}`)
    }
    equal('the snapshot', await snapshots.load('a', 1), { offset: 1, state: 'good' })
  },

  'the arguments of snapshots are checked': async ({ snapshots }) => {
    const snapshot = { offset: 1, state: 1 }
    for (const name of ['', undefined, 7]) {
      await fails(`a load of ${name}`, TypeError, () => snapshots.load(name as string, 1))
      await fails(`a save of ${name}`, TypeError, () => snapshots.save(name as string, 1, snapshot))
      await fails(`a delete of ${name}`, TypeError, () => snapshots.delete(name as string, 1))
    }
    for (const version of [0, -1, 1.5, Number.NaN, undefined]) {
      await fails(`a load of version ${version}`, RangeError, () => snapshots.load('a', version as number))
      await fails(`a save of version ${version}`, RangeError, () => snapshots.save('a', version as number, snapshot))
      await fails(`a delete of version ${version}`, RangeError, () => snapshots.delete('a', version as number))
    }
    for (const offset of [-1, 1.5, Number.NaN, undefined]) {
      await fails(`a save at ${offset}`, RangeError, () =>
        snapshots.save('a', 1, { offset: offset as number, state: 1 }),
      )
    }
  },
}

/** Checks of a store whose snapshots can be damaged. */
export const brokenSnapshots: Checks = {
  'a snapshot that cannot be decoded is reported, and the next older one is used': async (store, { opener }) => {
    await store.snapshots.save('a', 1, { offset: 1, state: 'older' })
    await store.snapshots.save('a', 1, { offset: 2, state: 'newer' })
    await opener.breakSnapshot!(store, 'a', 1)
    equal('what is loaded, and reported', await loadReporting(store), [{ offset: 1, state: 'older' }, [['a', 1, 2]]])
  },

  'where no snapshot can be decoded there is none': async (store, { opener }) => {
    await store.snapshots.save('a', 1, { offset: 1, state: 'only' })
    await opener.breakSnapshot!(store, 'a', 1)
    equal('what is loaded, and reported', await loadReporting(store), [undefined, [['a', 1, 1]]])
    equal('the snapshot', await store.snapshots.load('a', 1), undefined)
  },
}

async function loadReporting({ snapshots }: OpenStore): Promise<readonly [unknown, unknown]> {
  const reported: unknown[] = []
  const loaded = await snapshots.load('a', 1, {
    onUndecodable: ({ projection, version, offset }) => reported.push([projection, version, offset]),
  })
  return [loaded, reported]
}
