import { memory, startProjection } from 'rx-projection'
import { NEVER } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { append, ids, storeWith } from '../support/notes.ts'
import { observerCount } from '../support/observerCount.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

describe('stop()', () => {
  test('from a subscriber: the state that called it is the last', async () => {
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
    'from a listener of status$ that receives "%s": ends there, and leaves nothing',
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
    'of a push source, from a listener of %s: leaves nothing',
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
      const projection = startProjection(ids, { source, snapshots, liveAfter: 0, scheduler: time, onCaughtUp })
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
      // It is live once it has been subscribed.
      expect(asked).toEqual(from === 'live' ? [0] : [])
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
