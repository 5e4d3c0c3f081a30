import { DatabaseSync } from 'node:sqlite'
import { defineProjection, memory, type OpenStore, openStore, StateTooLargeError, startProjection } from 'rx-projection'
import { describe, expect, it } from 'vitest'
import { isTooBig } from '../../src/stores/sqlite/errors.ts'
import { encodeState } from '../../src/stores/support/encodeState.ts'
import { watch } from '../runtime/support/record.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import { describeOnEngines } from '../support/engines.ts'

/** The longest string is shorter than this state's text; its text is repeated, so that it takes little memory. */
const huge = (): readonly string[] => Array.from({ length: 6 }, () => text)
const text = 'a'.repeat(100_000_000)

/** A state that only pretends to be too large, where it would take seconds to find out: it throws what a huge one does. */
const asIfHuge = (): object => {
  let looks = 0
  const look = (): string => {
    // The first look is that of the check.
    if (looks++ === 0) return ''
    throw new RangeError('Invalid string length')
  }
  return Object.defineProperty({}, 'text', { enumerable: true, get: look })
}

const tooLarge = { name: 'StateTooLargeError', retryable: false, projection: 'sales@eu', size: undefined }

async function refuses(store: OpenStore): Promise<void> {
  await store.snapshots.save('sales@eu', 1, { offset: 1, state: 'small' })
  const saving = async (): Promise<void> => store.snapshots.save('sales@eu', 1, { offset: 2, state: asIfHuge() })
  await expect(saving()).rejects.toMatchObject(tooLarge)
  expect(await store.snapshots.load('sales@eu', 1)).toMatchObject({ offset: 1, state: 'small' })
}

describe('a state that is too large', () => {
  it('is an error with the projection, and what came before it stays stored', { timeout: 120_000 }, async () => {
    const time = new VirtualTime()
    const store = memory()
    const growing = defineProjection<readonly string[]>({
      name: 'growing',
      initialState: () => [],
      evolve: (state) => (state.length === 0 ? ['small'] : huge()),
    })
    const told: unknown[] = []
    const projection = startProjection(growing, {
      store,
      scheduler: time,
      snapshotEvery: 1,
      onError: (error, info) => told.push([error, info]),
    })
    const sold = [{ type: 'Sold', payload: 5 }] as const
    time.runTo(0)
    await store.events.append('shop', sold)
    time.runTo(10)
    await store.events.append('shop', sold)
    time.runTo(20)
    const error = told[0] && (told[0] as unknown[])[0]
    expect(error).toBeInstanceOf(StateTooLargeError)
    expect(error).toMatchObject({ projection: 'growing', size: undefined, cause: { name: 'RangeError' } })
    expect(told).toEqual([[error, { attempt: 0, event: undefined }]])
    expect([projection.current, store.snapshots.load('growing', 1)]).toMatchObject([{ offset: 2 }, { offset: 1 }])
    // What could not be saved is said once more by a stop, and once.
    const stopped = watch(projection.stop())
    time.runNow()
    await Promise.resolve()
    expect([told.length, stopped.state]).toEqual([2, 'resolved'])
  })

  it('is refused by a store in memory', () => refuses(memory()))

  it('is refused by SQLite', async () => {
    await using store = await openStore('sqlite::memory:')
    await refuses(store)
  })

  it('is known of SQLite by its code', () => {
    const db = new DatabaseSync(':memory:')
    let thrown: unknown
    try {
      db.prepare('SELECT length(zeroblob(1000000001))').get()
    } catch (error) {
      thrown = error
    }
    db.close()
    expect(thrown).toMatchObject({ message: 'string or blob too big' })
    expect([isTooBig(thrown), isTooBig(new Error('string or blob too big'))]).toEqual([true, false])
  })

  it('has a size, in characters, where it has more bytes than a value of the store', () => {
    expect(encodeState('sales', 'äöü', 8)).toBe('"äöü"')
    const encode = () => encodeState('sales', 'äöü', 7)
    expect(encode).toThrow(StateTooLargeError)
    expect(encode).toThrow('the state of "sales" is too large to be saved: 5 characters')
  })

  it('is told from one that throws when it is looked at', () => {
    const broken = new Error('broken')
    const state = {
      get bad(): never {
        throw broken
      },
    }
    expect(() => encodeState('sales', state)).toThrow(broken)
  })
})

describeOnEngines('a state that is too large', (on) => {
  it('is refused', async () => {
    await using store = await openStore(await on.newStore())
    await refuses(store)
  })
})
