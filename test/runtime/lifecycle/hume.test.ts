import { defineProjection, memory, startProjection } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, type IdsState, ids, type Noted, storeWith, upTo } from '../support/notes.ts'
import { poisoned } from '../support/poison.ts'
import { record, watch } from '../support/record.ts'
import { watchSaves } from '../support/saves.ts'
import { slowReads } from '../support/slowReads.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

type Read = ReturnType<typeof storeWith>['events']['read']

describe('what Hume.Projection 0.0.17 gets wrong is right here', () => {
  test('1: an event appended while a catch-up runs is seen by the read that follows, without a timer', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const projection = startProjection(ids, { store: slowReads(time, store, 10), scheduler: time })
    const state = record(projection.state$, time)
    time.at(5, () => append(store))
    await time.passTo(1_000)
    expect(state.timed).toEqual([
      [0, []],
      [10, [1]],
      [20, [1, 2]],
    ])
  })

  test('2: a catch-up returns nothing older than an append that finished before the call', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const { hints$: _, ...deaf } = store.events
    const slow = slowReads(time, { ...store, events: { ...deaf, hints$: memory().events.hints$ } }, 10)
    const projection = startProjection(ids, { store: slow, scheduler: time })
    await time.passTo(5)
    // A read is on its way that has not seen this.
    await append(store)
    const caughtUp = watch(projection.whenCaughtUp().then(() => projection.current?.state))
    const state = watch(projection.state())
    const snapshot = watch(projection.snapshot())
    await time.passTo(100)
    expect([caughtUp.value, state.value, snapshot.value]).toEqual([[1, 2], [1, 2], { offset: 2, state: [1, 2] }])
  })

  test('3: catch-ups and snapshots leave no further timer', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const projection = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    for (let turn = 0; turn < 100; turn++) {
      append(store)
      await projection.catchUp()
      await projection.takeSnapshot()
      await time.passTo(time.frame + 10)
    }
    // One polls for news, one saves what is unsaved.
    expect(time.timers).toBeLessThanOrEqual(2)
    expect(store.snapshots.load('ids', 1)).toMatchObject({ offset: 101 })
    await projection.stop()
    expect(time.timers).toBe(0)
  })

  test('4: a store that throws leaves no wait unanswered, and no read silently stale', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    let broken = false
    const read: Read = (options) => {
      if (broken) throw new Error('no connection')
      return store.events.read(options)
    }
    const told: string[] = []
    const projection = startProjection(ids, {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      retry: { delay: 1_000, entropy: 0 },
      onError: (error) => told.push(String(error)),
    })
    time.runTo(0)
    broken = true
    append(store)
    const short = watch(projection.state({ timeout: 500 }))
    const long = watch(projection.state())
    await time.passTo(500)
    // It is said that it is behind: by the status, by onError, and to who does not want to wait for longer.
    expect([record(projection.status$).values, told]).toEqual([['retrying'], ['Error: no connection']])
    expect(short).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError' } })
    broken = false
    await time.passTo(1_000)
    expect(long).toMatchObject({ state: 'resolved', value: [1, 2] })
  })

  test('5a: a save that fails keeps its count: the next event retries it, if saves are not paced', () => {
    const time = new VirtualTime()
    let failures = 3
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, (go) => {
      if (failures-- > 0) throw new Error('disk full')
      go()
    })
    const store = { ...storeWith(0), snapshots }
    const policies = { snapshotEvery: 10, snapshotAfter: Infinity, paceSaves: false }
    startProjection(ids, { store, scheduler: time, ...policies, onError: () => undefined })
    time.runTo(0)
    for (const _ of upTo(25)) append(store)
    expect(began).toEqual([10, 11, 12, 13, 23])
  })

  test('5b: a save that throws does not end snapshots: it is retried later without a new event', () => {
    const time = new VirtualTime()
    let failures = 2
    const { snapshots, saved } = watchSaves(storeWith(0).snapshots, (go) => {
      if (failures-- > 0) throw new Error('disk full')
      go()
    })
    const store = { ...storeWith(3), snapshots }
    startProjection(ids, { store, scheduler: time, snapshotAfter: 100, random: () => 0, onError: () => undefined })
    // At 100, after a wait of 1 s, and after one of 2 s.
    time.runTo(3_099)
    expect(saved).toEqual([])
    time.runTo(3_100)
    expect(saved).toEqual([3])
  })

  test('5c: events that arrive during a save count towards the next one', async () => {
    const time = new VirtualTime()
    const { snapshots, saved } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 100, go))
    const store = { ...storeWith(0), snapshots }
    startProjection(ids, { store, scheduler: time, snapshotEvery: 10, snapshotAfter: Infinity })
    time.runTo(0)
    append(store, 10)
    append(store, 9)
    await time.passTo(200)
    append(store, 1)
    await time.passTo(1_100)
    expect(saved).toEqual([10, 20])
  })

  test('6: a stop during a catch-up saves the progress so far', async () => {
    const time = new VirtualTime()
    const store = storeWith(10)
    store.snapshots.save('ids', 1, { offset: 1, state: [1] })
    const projection = startProjection(ids, { store: slowReads(time, store, 10), scheduler: time, pageSize: 3 })
    await time.passTo(25)
    expect(record(projection.status$).values).toEqual(['catching-up'])
    await projection.stop()
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 7, state: upTo(7) })
  })

  test('7: a projection must have a name, and two instances of one name share no snapshot', async () => {
    expect(() => defineProjection({ initialState: () => 0, on: {} } as never)).toThrow(/^name must be/)
    const time = new VirtualTime()
    const store = storeWith(2)
    const double = { ...ids, initialState: () => [0] }
    const one = startProjection(ids, { store, scheduler: time, instance: 'one' })
    const two = startProjection(double, { store, scheduler: time, instance: 'two' })
    time.runTo(0)
    await Promise.all([one.stop(), two.stop()])
    expect(store.snapshots.load('ids@one', 1)).toEqual({ offset: 2, state: [1, 2] })
    expect(store.snapshots.load('ids@two', 1)).toEqual({ offset: 2, state: [0, 1, 2] })
  })

  test('8: an append refused for its expected revision uses up no number and leaves no hole', async () => {
    await using file = sqlite(':memory:')
    for (const store of [memory(), file]) {
      const time = new VirtualTime()
      const projection = startProjection(ids, { store, scheduler: time })
      time.runTo(0)
      const event = { type: 'Noted', payload: { n: 1 } }
      await store.events.append('a', [event], { expectedRevision: 0 })
      for (const _ of upTo(3)) {
        await expect(store.events.append('a', [event, event], { expectedRevision: 0 })).rejects.toMatchObject({
          name: 'RevisionConflictError',
          stream: 'a',
          expected: 0,
          actual: 1,
        })
      }
      expect(await store.events.append('a', [event], { expectedRevision: 1 })).toEqual({ position: 2, revision: 2 })
      expect(await projection.state()).toEqual([1, 2])
      await projection.stop()
    }
  })

  test('9: a list of streams matches each of them', async () => {
    await using file = sqlite(':memory:')
    for (const store of [memory(), file]) {
      const time = new VirtualTime()
      for (const stream of ['a', 'b', 'c', 'a', 'b', 'c']) append(store, 1, stream)
      const definition = defineProjection<IdsState, Noted>({
        name: 'two streams',
        streams: ['a', 'c'],
        initialState: () => [],
        on: { Noted: (state, { id }) => [...state, id] },
      })
      const projection = startProjection(definition, { store, scheduler: time, pageSize: 1 })
      time.runTo(0)
      append(store, 1, 'c')
      append(store, 1, 'b')
      expect(projection.current?.state).toEqual([1, 3, 4, 6, 7])
      await projection.stop()
    }
  })

  test('10: a snapshot ahead of the log is a SnapshotAheadError: nothing is skipped, because nothing is projected', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    store.snapshots.save('ids', 1, { offset: 4, state: upTo(4) })
    const projection = startProjection(ids, { store, scheduler: time })
    const state = record(projection.state$)
    time.runTo(0)
    expect(state.error).toMatchObject({ name: 'SnapshotAheadError', offset: 4, head: 2 })
    append(store, 5)
    time.runTo(1_000_000)
    expect(projection.current).toEqual({ offset: 4, state: upTo(4) })
    expect(store.snapshots.load('ids', 1)).toMatchObject({ offset: 4 })
  })

  test('11: an error in one event keeps all earlier projected events', async () => {
    const time = new VirtualTime()
    const store = storeWith(10)
    const retry = { delay: 100, entropy: 0 }
    const projection = startProjection(poisoned({ 8: 2 }), { store, scheduler: time, retry })
    const state = record(projection.state$, time)
    time.runTo(50)
    expect(state.timed.at(-1)).toEqual([0, upTo(7)])
    expect(await projection.takeSnapshot()).toEqual({ offset: 7, state: upTo(7) })
    await time.passTo(200)
    expect(state.timed).toEqual([
      [0, []],
      [0, upTo(7)],
      [200, upTo(10)],
    ])
  })

  test('12: a wake-up reads only new events, and copies no state', async () => {
    await using file = sqlite(':memory:')
    for (const store of [memory(), file]) {
      const time = new VirtualTime()
      await append(store, 2_000)
      const read: { after: number; events: number }[] = []
      const events = {
        ...store.events,
        read: (options: Parameters<Read>[0]) => {
          const page = store.events.read(options) as Exclude<ReturnType<Read>, PromiseLike<unknown>>
          read.push({ after: options.after, events: page.events.length })
          return page
        },
      }
      const big = { items: upTo(1_000) }
      const definition = defineProjection<{ big: typeof big; last: number }, Noted>({
        name: 'big',
        initialState: () => ({ big, last: 0 }),
        on: { Noted: (state, { id }) => ({ ...state, last: id }) },
      })
      const projection = startProjection(definition, {
        store: { ...store, events },
        scheduler: time,
        snapshotEvery: Infinity,
      })
      time.runTo(0)
      read.length = 0
      append(store)
      append(store)
      expect(read).toEqual([
        { after: 2_000, events: 1 },
        { after: 2_001, events: 1 },
      ])
      const { state } = projection.current!
      expect(state.last).toBe(2_002)
      // The very object that the definition made: nothing in between has copied it.
      expect(state.big).toBe(big)
      expect(record(projection.state$).values[0]).toBe(state)
      await projection.stop()
    }
  })

  test('13: a poison event is retried with growing waits, and then faults the run with its error', () => {
    const time = new VirtualTime()
    const attempts: number[] = []
    const definition = defineProjection<IdsState, Noted>({
      name: 'poisoned',
      initialState: () => [],
      on: {
        Noted: (state, { id }) => {
          if (id < 3) return [...state, id]
          attempts.push(time.frame)
          throw new Error('poison')
        },
      },
    })
    const projection = startProjection(definition, { store: storeWith(5), scheduler: time, random: () => 0 })
    const state = record(projection.state$)
    time.runTo(3_600_000)
    expect(attempts).toEqual([0, 1_000, 3_000])
    expect(state.error).toMatchObject({ name: 'HandlerError', event: { id: 3 }, cause: { message: 'poison' } })
    expect(state.values.at(-1)).toEqual([1, 2])
    expect(time.timers).toBe(0)
  })
})
