import { defineProjector, startProjection, startProjector, TimeoutError } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { append, ids, storeWith } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

const never = (): Promise<never> => new Promise(() => undefined)
const retry = { delay: 100, entropy: 0 }

describe('a store that does not answer', () => {
  test('a load: the run retries after readTimeout', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    let loads = 0
    const load: typeof store.snapshots.load = (...key) => (++loads === 1 ? never() : store.snapshots.load(...key))
    const errors: unknown[] = []
    const projection = startProjection(ids, {
      store: { ...store, snapshots: { ...store.snapshots, load } },
      scheduler: time,
      retry,
      readTimeout: 40,
      onError: (error) => errors.push(error),
    })
    await time.passTo(39)
    expect(errors).toEqual([])
    await time.passTo(140)
    expect(errors[0]).toBeInstanceOf(TimeoutError)
    expect(errors).toMatchObject([{ operation: 'loading the snapshot of "ids"', timeout: 40 }])
    expect(projection.current?.state).toEqual([1, 2])
  })

  test('a load of a position, and of its mark: the run retries', async () => {
    for (const method of ['load', 'loadMark'] as const) {
      const time = new VirtualTime()
      const store = storeWith(2)
      let loads = 0
      const hanging = { [method]: (name: string) => (++loads === 1 ? never() : store.positions[method]!(name)) }
      const handled: number[] = []
      startProjector(defineProjector({ name: 'p', process: ({ id }) => handled.push(id) }), {
        store: { ...store, positions: { ...store.positions, ...hanging } },
        scheduler: time,
        retry,
        onError: () => undefined,
      })
      await time.passTo(30_000)
      expect(handled).toEqual([])
      await time.passTo(30_100)
      expect(handled).toEqual([1, 2])
    }
  })

  test('a read: followLog has the timeouts of the run', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    let reads = 0
    const read: typeof store.events.read = (options) => (++reads === 1 ? never() : store.events.read(options))
    const projection = startProjection(ids, {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      retry,
      readTimeout: 40,
      onError: () => undefined,
    })
    await time.passTo(140)
    expect(projection.current?.state).toEqual([1, 2])
  })

  test('a save of a snapshot: it is reported after saveTimeout, and retried', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    let saves = 0
    const save: typeof store.snapshots.save = (...key) => (++saves === 1 ? never() : store.snapshots.save(...key))
    const errors: unknown[] = []
    const projection = startProjection(ids, {
      store: { ...store, snapshots: { ...store.snapshots, save } },
      scheduler: time,
      retry,
      saveTimeout: 40,
      snapshotEvery: 1,
      onError: (error) => errors.push(error),
    })
    const durable = record(projection.snapshot$)
    await time.passTo(39)
    expect([errors, durable.values]).toEqual([[], []])
    const taken = watch(projection.takeSnapshot())
    await time.passTo(40)
    expect(errors).toMatchObject([{ operation: 'saving the snapshot of "ids"', timeout: 40 }])
    await time.passTo(1_000)
    expect(durable.values).toEqual([{ offset: 2, state: [1, 2] }])
    expect(taken.state).toBe('resolved')
  })

  test('leaves no timer when the run is stopped meanwhile', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const snapshots = { ...store.snapshots, load: never }
    const projection = startProjection(ids, { store: { ...store, snapshots }, scheduler: time })
    await time.passTo(10)
    await projection.stop()
    expect(time.timers).toBe(0)
  })

  test('and a wrong timeout is refused', () => {
    const store = storeWith(0)
    expect(() => startProjection(ids, { store, readTimeout: -1 })).toThrow('readTimeout must be')
    expect(() => startProjection(ids, { store, saveTimeout: 2 ** 31 })).toThrow('saveTimeout must be')
  })
})

describe('a store that is closed under a run', () => {
  test('faults it with the reason', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const projection = startProjection(ids, { store, scheduler: time, onError: () => undefined })
    const state = record(projection.state$)
    time.runTo(0)
    await store[Symbol.asyncDispose]()
    await promises()
    expect(state.error).toMatchObject({ name: 'StoreError', retryable: false })
    expect(String(state.error)).toContain('the store is closed')
  })

  test('does not disturb a run that was stopped before', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const projection = startProjection(ids, { store, scheduler: time })
    const status = record(projection.status$)
    time.runTo(0)
    await append(store)
    await projection.stop()
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 2, state: [1, 2] })
    await store[Symbol.asyncDispose]()
    expect(status.values.at(-1)).toBe('stopped')
  })
})
