import { defineProjection, memory, startProjection } from 'rx-projection'
import { NEVER } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Later } from './support/Later.ts'
import { append, type IdsState, ids, type Noted, storeWith, upTo } from './support/notes.ts'
import { observerCount } from './support/observerCount.ts'
import { record, watch } from './support/record.ts'
import { watchSaves } from './support/saves.ts'
import { promises, VirtualTime } from './support/VirtualTime.ts'

/** Takes a while over each event. */
function slowIds(time: VirtualTime, ms: number, handled: number[] = []) {
  return defineProjection<IdsState, Noted>({
    name: 'ids',
    initialState: () => [],
    on: {
      Noted: (state, { id }) => {
        handled.push(id)
        return Later.after(time, ms, () => [...state, id])
      },
    },
  })
}

describe('stop()', () => {
  test('before the beginning: nothing is loaded, nothing is left', async () => {
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

  test('while a load hangs: does not wait for it, and what comes of it is dropped', async () => {
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

  test('while a read hangs: aborts it, and saves what was folded', async () => {
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

  test('while it waits for a retry: ends the wait, and saves what was published', async () => {
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

  test('with an asynchronous handler in hand: lets it end, and handles no other event of the page', async () => {
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

  test('with an asynchronous handler in hand that fails: tells it, saves what came before, and resolves', async () => {
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

  test('with a failure on the way that is not retryable: is a stop, not a fault', async () => {
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

  test('during a save in flight: waits for it, then saves what came after it', async () => {
    const time = new VirtualTime()
    const { snapshots, began, saved } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 100, go))
    const store = { ...storeWith(1), snapshots }
    const projection = startProjection(ids, { store, scheduler: time, snapshotEvery: 1 })
    await time.passTo(0)
    append(store)
    const stopped = watch(projection.stop())
    await time.passTo(199)
    expect([began, saved, stopped.state]).toEqual([[1, 2], [1], 'pending'])
    await time.passTo(200)
    expect([saved, stopped.state, time.timers]).toEqual([[1, 2], 'resolved', 0])
  })

  test('during a save in flight of a run that failed: waits for it, then saves what was published', async () => {
    const time = new VirtualTime()
    const { snapshots, saved } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 100, go))
    const store = storeWith(4)
    let reads = 0
    const read = (options: Parameters<typeof store.events.read>[0]) => {
      if (++reads === 3) throw new Error('no connection')
      return store.events.read(options)
    }
    const projection = startProjection(ids, {
      store: { events: { ...store.events, read }, snapshots },
      scheduler: time,
      pageSize: 2,
      snapshotEvery: 2,
      retry: { delay: 1_000, entropy: 0 },
    })
    await time.passTo(0)
    append(store)
    expect(record(projection.status$).values).toEqual(['retrying'])
    const stopped = watch(projection.stop())
    await time.passTo(99)
    expect(stopped.state).toBe('pending')
    await time.passTo(200)
    expect([saved, stopped.state, time.timers]).toEqual([[2, 4], 'resolved', 0])
  })

  test('with a last save that fails: tells it, and resolves', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, () => {
      throw new Error('disk full')
    })
    const told: string[] = []
    const projection = startProjection(ids, {
      store: { ...storeWith(1), snapshots },
      scheduler: time,
      snapshotEvery: Infinity,
      snapshotAfter: Infinity,
      onError: (error) => told.push(String(error)),
    })
    time.runTo(0)
    await projection.stop()
    expect([began, told]).toEqual([[1], ['Error: disk full']])
  })

  test('with a save that hangs: rejects with a TimeoutError after 5 s, and all has ended', async () => {
    const time = new VirtualTime()
    const hanging = new Later<void>()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, (go) => hanging.then(go))
    const store = storeWith(1)
    const counted = observerCount(store.events.hints$)
    const projection = startProjection(ids, {
      store: { events: { ...store.events, hints$: counted.observable }, snapshots },
      scheduler: time,
    })
    const state = record(projection.state$)
    const status = record(projection.status$)
    await time.passTo(10)
    const stopped = watch(projection.stop())
    await time.passTo(5_009)
    expect([stopped.state, state.completed]).toEqual(['pending', false])
    await time.passTo(5_010)
    expect(stopped).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError', timeout: 5_000 } })
    expect(String(stopped.error)).toContain('"ids"')
    expect(state).toMatchObject({ completed: true, error: undefined })
    expect(status.values.at(-1)).toBe('stopped')
    expect([time.timers, counted.observers]).toEqual([0, 0])
    // What hung goes on at last; nothing more comes of it.
    hanging.resolve()
    await promises()
    expect([began, time.timers]).toEqual([[1], 0])
  })

  test('with a snapshot that was taken and hangs: saves nothing more after its time', async () => {
    const time = new VirtualTime()
    const hanging = new Later<void>()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, (go) => hanging.then(go))
    const store = { ...storeWith(1), snapshots }
    const policies = { snapshotEvery: Infinity, snapshotAfter: Infinity }
    const projection = startProjection(ids, { store, scheduler: time, ...policies })
    await time.passTo(0)
    const taken = [watch(projection.takeSnapshot()), watch(projection.takeSnapshot())]
    append(store)
    const stopped = watch(projection.stop({ timeout: 10 }))
    await time.passTo(10)
    expect([stopped.state, ...taken.map(({ state }) => state)]).toEqual(['rejected', 'rejected', 'rejected'])
    hanging.resolve()
    await promises()
    expect(began).toEqual([1])
  })

  test('with a handler that hangs: rejects in the time that it was given', async () => {
    const time = new VirtualTime()
    const projection = startProjection(slowIds(time, 1_000), { store: storeWith(1), scheduler: time })
    await time.passTo(0)
    const stopped = watch(projection.stop({ timeout: 20 }))
    await time.passTo(20)
    expect(stopped).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError', timeout: 20 } })
    await time.passTo(2_000)
    expect(projection.current).toEqual({ offset: 0, state: [] })
    expect(time.timers).toBe(0)
  })

  test('with Infinity waits for as long as it takes', async () => {
    const time = new VirtualTime()
    const projection = startProjection(slowIds(time, 100_000), { store: storeWith(1), scheduler: time })
    await time.passTo(0)
    const stopped = watch(projection.stop({ timeout: Infinity }))
    await time.passTo(99_999)
    expect(stopped.state).toBe('pending')
    await time.passTo(100_000)
    expect(stopped.state).toBe('resolved')
  })

  test('refuses a timeout that is none, and goes on', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(1), scheduler: time })
    time.runTo(0)
    await expect(projection.stop({ timeout: -1 })).rejects.toThrow(/^timeout must be/)
    expect(record(projection.status$).values).toEqual(['live'])
    await projection.stop()
  })

  test('twice is as once', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 10, go))
    const projection = startProjection(ids, { store: { ...storeWith(1), snapshots }, scheduler: time })
    time.runTo(0)
    const first = projection.stop()
    const second = projection.stop({ timeout: 1 })
    expect(second).toBe(first)
    await time.passTo(10)
    await first
    await projection.stop()
    await projection[Symbol.asyncDispose]()
    expect(began).toEqual([1])
  })

  test('after a fault resolves', async () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    store.events.append('a', [{ type: 'Other', payload: null }])
    const projection = startProjection(ids, { store, scheduler: time, onError: () => undefined })
    time.runTo(0)
    await projection.stop()
    expect(record(projection.status$).values).toEqual(['faulted'])
  })

  test('from a subscriber: the state that it was called for is the last', async () => {
    const time = new VirtualTime()
    const store = storeWith(6)
    const projection = startProjection(ids, { store, scheduler: time, pageSize: 2 })
    const state = record(projection.state$)
    let stopped: Promise<void> | undefined
    projection.state$.subscribe((seen) => {
      if (seen.length === 2) stopped = projection.stop()
    })
    time.runTo(0)
    await stopped
    expect(state).toMatchObject({ values: [[], [1, 2]], completed: true })
    expect([store.snapshots.load('ids', 1)?.valueOf(), time.timers]).toMatchObject([{ offset: 2 }, 0])
  })

  test.each(['hydrating', 'catching-up', 'live', 'retrying'] as const)(
    'from a listener of status$ that hears "%s": ends there, and leaves nothing',
    async (when) => {
      const time = new VirtualTime()
      const store = storeWith(2)
      let reads = 0
      const read = (options: Parameters<typeof store.events.read>[0]) => {
        if (++reads === 2) throw new Error('no connection')
        return store.events.read(options)
      }
      const counted = observerCount(store.events.hints$)
      const caughtUp: unknown[] = []
      const projection = startProjection(ids, {
        store: { ...store, events: { ...store.events, read, hints$: counted.observable } },
        scheduler: time,
        onCaughtUp: () => caughtUp.push('told'),
      })
      let stopped: Promise<void> | undefined
      const status = record(projection.status$)
      projection.status$.subscribe((heard) => {
        if (heard === when) stopped = projection.stop()
      })
      time.at(5, () => append(store))
      time.runTo(10)
      await stopped
      expect([...status.values.slice(-2), status.completed]).toEqual([when, 'stopped', true])
      expect([time.timers, counted.observers]).toEqual([0, 0])
      expect(caughtUp).toHaveLength(when === 'retrying' ? 1 : 0)
    },
  )

  test('from a listener of position$, telemetry$, onInit or onError leaves nothing', async () => {
    for (const from of ['position$', 'telemetry$', 'onInit', 'onError', 'onCaughtUp'] as const) {
      const time = new VirtualTime()
      const store = storeWith(2)
      if (from === 'onError') store.events.append('a', [{ type: 'Other', payload: null }])
      const counted = observerCount(store.events.hints$)
      let stopped: Promise<void> | undefined
      const stop = () => {
        stopped ??= projection.stop()
      }
      const projection = startProjection(ids, {
        store: { ...store, events: { ...store.events, hints$: counted.observable } },
        scheduler: time,
        ...(from.startsWith('on') && { [from]: stop }),
      })
      if (from === 'position$') projection.position$.subscribe(stop)
      if (from === 'telemetry$') projection.telemetry$.subscribe(stop)
      const status = record(projection.status$)
      time.runTo(10)
      await stopped
      expect([from, status.values.at(-1), status.completed]).toEqual([from, 'stopped', true])
      expect([from, time.timers, counted.observers]).toEqual([from, 0, 0])
    }
  })

  test('of a projection on a push source: unsubscribes from it', async () => {
    const time = new VirtualTime()
    const counted = observerCount(NEVER)
    const { snapshots } = memory()
    const projection = startProjection(ids, { source: () => counted.observable, snapshots, scheduler: time })
    time.runTo(0)
    expect(counted.observers).toBe(1)
    await projection.stop()
    expect([counted.observers, time.timers]).toEqual([0, 0])
  })

  test.each(['position$', 'catching-up', 'live'])(
    'of a push source, from who hears of %s: leaves nothing',
    async (from) => {
      const time = new VirtualTime()
      const asked: number[] = []
      const caughtUp: unknown[] = []
      const counted = observerCount(NEVER)
      const source = (after: number) => {
        asked.push(after)
        return counted.observable
      }
      const { snapshots } = memory()
      const onCaughtUp = () => caughtUp.push('told')
      const projection = startProjection(ids, { source, snapshots, scheduler: time, onCaughtUp })
      let stopped: Promise<void> | undefined
      if (from === 'position$') {
        projection.position$.subscribe(() => {
          stopped = projection.stop()
        })
      }
      const status = record(projection.status$)
      projection.status$.subscribe((heard) => {
        if (heard === from) stopped = projection.stop()
      })
      time.runTo(0)
      await stopped
      expect(status.completed).toBe(true)
      expect([caughtUp, counted.observers, time.timers]).toEqual([[], 0, 0])
      expect(asked).toEqual([])
      expect(status.values.slice(-2)).toEqual([from === 'position$' ? 'hydrating' : from, 'stopped'])
    },
  )

  test('with `await using`: the projection ends before its store', async () => {
    const time = new VirtualTime()
    const outer = memory()
    {
      await using store = outer
      await using projection = startProjection(ids, { store, scheduler: time })
      await append(store, 3)
      time.runTo(0)
      expect(projection.current?.offset).toBe(3)
      const { snapshots } = store
      projection.snapshot$.subscribe(({ offset }) => expect(snapshots.load('ids', 1)).toMatchObject({ offset }))
    }
    expect(time.timers).toBe(0)
    expect(() => outer.snapshots.load('ids', 1)).toThrow(/closed/)
  })
})
