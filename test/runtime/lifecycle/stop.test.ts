import { defineProjection, startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, type IdsState, ids, type Noted, storeWith, upTo } from '../support/notes.ts'
import { observerCount } from '../support/observerCount.ts'
import { record, watch } from '../support/record.ts'
import { watchSaves } from '../support/saves.ts'
import { slowIds } from '../support/slowIds.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

describe('stop()', () => {
  test('before the beginning: loads nothing, leaves nothing behind', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    let loads = 0
    const load = () => {
      loads++
      return undefined
    }
    const projection = startProjection(ids, {
      store: { ...store, snapshots: { ...store.snapshots, load } },
      scheduler: time,
    })
    const [state, status, position, snapshot] = [
      record(projection.state$),
      record(projection.status$),
      record(projection.position$),
      record(projection.snapshot$),
    ]
    await projection.stop()
    expect(time.timers).toBe(0)
    time.runTo(100)
    expect(loads).toBe(0)
    expect(state).toMatchObject({ values: [], completed: true })
    expect(status).toMatchObject({ values: ['hydrating', 'stopped'], completed: true })
    expect([position.completed, snapshot.completed]).toEqual([true, true])
  })

  test('while a load hangs: does not wait for it, and drops its result', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const told: unknown[] = []
    const projection = startProjection(ids, {
      store: {
        ...store,
        snapshots: { ...store.snapshots, load: () => Later.after(time, 50, () => ({ offset: 1, state: [1] })) },
      },
      scheduler: time,
      onInit: (snapshot) => told.push(snapshot),
    })
    const state = record(projection.state$)
    time.runTo(10)
    await projection.stop()
    await time.passTo(100)
    expect(state).toMatchObject({ values: [], completed: true })
    expect(told).toEqual([])
    expect([projection.current, time.timers]).toEqual([undefined, 0])
  })

  test('while a read hangs: aborts it, and saves the folded state', async () => {
    const time = new VirtualTime()
    const { snapshots, saved } = watchSaves(storeWith(0).snapshots)
    const store = storeWith(5)
    let signal: AbortSignal | undefined
    const read = (options: Parameters<typeof store.events.read>[0]) => {
      signal = options.signal
      return options.after < 4 ? store.events.read(options) : Later.never<never>()
    }
    const counted = observerCount(store.events.hints$)
    const events = { ...store.events, read, hints$: counted.observable }
    const projection = startProjection(ids, { store: { events, snapshots }, scheduler: time, pageSize: 2 })
    const state = record(projection.state$)
    time.runTo(0)
    expect([projection.current?.offset, signal?.aborted, counted.observers]).toEqual([4, false, 1])
    await projection.stop()
    expect([signal?.aborted, counted.observers, time.timers]).toEqual([true, 0, 0])
    expect(saved).toEqual([4])
    expect(state).toMatchObject({ values: [[], [1, 2], upTo(4)], completed: true })
  })

  test('while live: saves a last snapshot, and leaves no timer and no subscription', async () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    const counted = observerCount(store.events.hints$)
    const events = { ...store.events, hints$: counted.observable }
    const projection = startProjection(ids, { store: { ...store, events }, scheduler: time })
    const saved = record(projection.snapshot$)
    time.runTo(10)
    expect(counted.observers).toBe(1)
    await projection.stop()
    expect(saved).toMatchObject({ values: [{ offset: 5, state: upTo(5) }], completed: true })
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 5, state: upTo(5) })
    expect([counted.observers, time.timers]).toEqual([0, 0])
    append(store)
    expect(projection.current?.offset).toBe(5)
  })

  test('while it waits for a retry: ends the wait, and saves the published state', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    let reads = 0
    const read = (options: Parameters<typeof store.events.read>[0]) => {
      if (++reads === 2) throw new Error('no connection')
      return store.events.read(options)
    }
    const projection = startProjection(ids, {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      pageSize: 2,
    })
    const status = record(projection.status$)
    time.runTo(100)
    expect(status.values.at(-1)).toBe('retrying')
    await projection.stop()
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 2, state: [1, 2] })
    expect(time.timers).toBe(0)
  })

  test('within a synchronous handler: folds the page to its end, and no other one', async () => {
    const time = new VirtualTime()
    const store = storeWith(6)
    let stopped: Promise<void> | undefined
    const stopping = defineProjection<IdsState, Noted>({
      name: 'ids',
      initialState: () => [],
      on: {
        Noted: (state, { id }) => {
          if (id === 2) stopped = projection.stop()
          return [...state, id]
        },
      },
    })
    const projection = startProjection(stopping, { store, scheduler: time, pageSize: 3 })
    time.runTo(0)
    await stopped
    expect(projection.current).toEqual({ offset: 3, state: [1, 2, 3] })
    expect(store.snapshots.load('ids', 1)).toMatchObject({ offset: 3 })
    expect(time.timers).toBe(0)
  })

  test('while an asynchronous handler runs: lets it end, and handles no other event of the page', async () => {
    const time = new VirtualTime()
    const store = storeWith(6)
    const handled: number[] = []
    const projection = startProjection(slowIds(time, 10, handled), { store, scheduler: time, pageSize: 4 })
    const state = record(projection.state$)
    await time.passTo(15)
    const stopped = watch(projection.stop())
    await time.passTo(19)
    expect([handled, stopped.state]).toEqual([[1, 2], 'pending'])
    await time.passTo(20)
    expect(stopped.state).toBe('resolved')
    await time.passTo(100)
    expect(handled).toEqual([1, 2])
    expect(state).toMatchObject({ values: [[], [1, 2]], completed: true })
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 2, state: [1, 2] })
    expect(time.timers).toBe(0)
  })

  test('while an asynchronous handler runs that fails: reports it, saves the earlier state, and resolves', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const told: unknown[] = []
    const failing = defineProjection<IdsState, Noted>({
      name: 'ids',
      initialState: () => [],
      on: {
        Noted: (state, { id }) =>
          Later.after(time, 10, () => {
            if (id === 2) throw new Error('poison')
            return [...state, id]
          }),
      },
    })
    const projection = startProjection(failing, { store, scheduler: time, onError: (error) => told.push(error) })
    const status = record(projection.status$)
    const state = record(projection.state$)
    await time.passTo(15)
    const stopped = watch(projection.stop())
    await time.passTo(20)
    expect(stopped.state).toBe('resolved')
    expect(told).toMatchObject([{ name: 'HandlerError', event: { id: 2 } }])
    expect(status.values).toEqual(['hydrating', 'catching-up', 'stopped'])
    expect(state).toMatchObject({ values: [[], [1]], completed: true })
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 1, state: [1] })
    expect(time.timers).toBe(0)
  })

  test('with a failure on the way that is not retryable: stops without a fault', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const slow = slowIds(time, 10)
    const projection = startProjection(slow, { store, scheduler: time, onError: () => undefined })
    store.events.append('a', [{ type: 'Other', payload: null }])
    const state = record(projection.state$)
    await time.passTo(5)
    const stopped = watch(projection.stop())
    await time.passTo(10)
    expect(stopped.state).toBe('resolved')
    expect(state).toMatchObject({ completed: true, error: undefined, values: [[], [1]] })
  })
})
