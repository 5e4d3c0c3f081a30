import { type OpenStore, StoreError } from '../../../operators/ports/index.ts'
import { equal, fails, holds } from './expect.ts'
import { numbered, numbersOf, readAll } from './log.ts'
import type { Checks } from './StoreOpener.ts'

export const lifetime: Checks = {
  'a new store is empty, and apart from others': async (store, { opener }) => {
    await store.events.append('a', numbered(1))
    await store.snapshots.save('a', 1, { offset: 1, state: 1 })
    await store.positions.save('a', 1)
    await using other = await opener.open()
    equal('the head', (await other.events.read({ after: 0, limit: 1 })).head, 0)
    equal('the snapshot', await other.snapshots.load('a', 1), undefined)
    equal('the position', await other.positions.load('a'), 0)
  },

  'a store is a plain object of facets, which can be mixed': async (store) => {
    const mixed: OpenStore = {
      ...store,
      snapshots: { ...store.snapshots, load: () => ({ offset: 7, state: 'mixed' }) },
    }
    await mixed.events.append('a', numbered(1))
    equal('the events', numbersOf(await readAll(mixed)), [1])
    await mixed.positions.save('a', 1)
    equal('the position', await store.positions.load('a'), 1)
    equal('the snapshot', await mixed.snapshots.load('a', 1), { offset: 7, state: 'mixed' })
    holds(typeof mixed[Symbol.asyncDispose] === 'function', 'a mixed store must be disposable')
  },

  'after its disposal every call fails with a StoreError that no retry helps': async (store) => {
    await store.events.append('a', numbered(1))
    await store[Symbol.asyncDispose]()
    for (const [what, call] of Object.entries(callsOf(store))) {
      const error = await fails(`${what} after the disposal`, StoreError, call)
      equal('retryable', error.retryable, false)
    }
  },

  'a disposal is no error to who takes hints': async (store) => {
    const ends: string[] = []
    store.events.hints$.subscribe({ error: () => ends.push('error') })
    await store[Symbol.asyncDispose]()
    store.events.hints$.subscribe({ error: () => ends.push('error') })
    equal('what the hints ended with', ends, [])
  },

  'a second disposal does nothing': async (store) => {
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  },
}

export const reopening: Checks = {
  'what was stored is there when a store is opened again': async (store, { opener }) => {
    await store.events.append('a', [{ type: 'Any', payload: { list: [1] }, metadata: { user: 'ann' } }])
    await store.events.append('b', numbered(2))
    await store.snapshots.save('p', 3, { offset: 2, state: { sum: 2 } })
    await store.positions.save('q', 2)
    const before = await readAll(store)
    await store[Symbol.asyncDispose]()
    await using again = await opener.openAgain!(store)
    equal('the events', await readAll(again), before)
    equal('the snapshot', await again.snapshots.load('p', 3), { offset: 2, state: { sum: 2 } })
    equal('the position', await again.positions.load('q'), 2)
  },

  'positions and revisions go on when a store is opened again': async (store, { opener }) => {
    await store.events.append('a', numbered(1, 2))
    await store[Symbol.asyncDispose]()
    await using again = await opener.openAgain!(store)
    equal('the next append', await again.events.append('a', numbered(3), { expectedRevision: 2 }), {
      position: 3,
      revision: 3,
    })
  },

  'two openings of one store see each other': async (store, { opener }) => {
    await using other = await opener.openAgain!(store)
    await store.events.append('a', numbered(1))
    equal('the events', numbersOf(await readAll(other)), [1])
    await other.events.append('a', numbered(2), { expectedRevision: 1 })
    equal('the events', numbersOf(await readAll(store)), [1, 2])
    await other.snapshots.save('p', 1, { offset: 2, state: 'newer' })
    await store.snapshots.save('p', 1, { offset: 1, state: 'older' })
    equal('the snapshot', await store.snapshots.load('p', 1), { offset: 2, state: 'newer' })
    await other.positions.save('q', 2, { expected: 0 })
    equal('the position', await store.positions.load('q'), 2)
  },
}

function callsOf({ events, snapshots, positions, leases }: OpenStore): Readonly<Record<string, () => unknown>> {
  return {
    'an append': () => events.append('a', numbered(1)),
    'a read': () => events.read({ after: 0, limit: 1 }),
    'a load of a snapshot': () => snapshots.load('a', 1),
    'a save of a snapshot': () => snapshots.save('a', 1, { offset: 1, state: 1 }),
    'a delete of snapshots': () => snapshots.delete('a', 1),
    'a load of a position': () => positions.load('a'),
    'a save of a position': () => positions.save('a', 1),
    ...(positions.loadMark && { 'a load of a mark': () => positions.loadMark!('a') }),
    ...(leases && { 'an acquisition of a lease': () => leases.acquire('a', { owner: 'me', ttl: 1_000 }) }),
  }
}
