import { defineProjection, type ProjectionHandle, startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, type IdsState, ids, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { watchSaves } from '../support/saves.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

describe('saving', () => {
  test('happens every 100 events and 30 s after the first unsaved one, by default', () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    const projection = startProjection(ids, { store, scheduler: time })
    const saved = record(projection.snapshot$, time)
    time.at(5, () => append(store, 99))
    time.at(10, () => append(store, 1))
    time.at(20, () => append(store, 7))
    time.runTo(60_000)
    expect(saved.timed.map(([ms, { offset }]) => [ms, offset])).toEqual([
      [10, 100],
      [30_020, 107],
    ])
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 107, state: upTo(107) })
  })

  test('also counts events of the history', () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(10), scheduler: time, pageSize: 2, snapshotEvery: 4 })
    const saved = record(projection.snapshot$)
    time.runTo(0)
    expect(saved.values.map(({ offset }) => offset)).toEqual([4, 8])
  })

  test.each<[string, (projection: ProjectionHandle<IdsState>) => PromiseLike<void>]>([
    ['stop()', (projection) => projection.stop()],
    ['disposal', (projection) => projection[Symbol.asyncDispose]()],
  ])('is off with Infinity for both policies, and %s saves all the same', async (_, end) => {
    const time = new VirtualTime()
    const store = storeWith(5_000)
    const projection = startProjection(ids, {
      store,
      scheduler: time,
      snapshotEvery: Infinity,
      snapshotAfter: Infinity,
    })
    const saved = record(projection.snapshot$)
    time.runTo(3_600_000)
    expect(saved.values).toEqual([])
    await end(projection)
    expect(saved.values).toEqual([{ offset: 5_000, state: upTo(5_000) }])
    expect(store.snapshots.load('ids', 1)).toMatchObject({ offset: 5_000 })
  })

  test('does not save a saved state again', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots)
    const store = { ...storeWith(4), snapshots }
    const projection = startProjection(ids, { store, scheduler: time, snapshotEvery: 2, pageSize: 1 })
    time.runTo(120_000)
    await projection.stop()
    expect(began).toEqual([2, 4])
    const again = startProjection(ids, { store, scheduler: time, snapshotEvery: 2 })
    time.runTo(240_000)
    await again.stop()
    expect(began).toEqual([2, 4])
  })

  test('saves no state for an empty log', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots)
    const projection = startProjection(ids, { store: { ...storeWith(0), snapshots }, scheduler: time })
    time.runTo(60_000)
    await projection.stop()
    expect(began).toEqual([])
  })

  test('has one save in flight at a time, and then saves the latest state', async () => {
    const time = new VirtualTime()
    const { snapshots, began, saved } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 100, go))
    const store = { ...storeWith(0), snapshots }
    const projection = startProjection(ids, { store, scheduler: time, snapshotEvery: 1, paceSaves: false })
    const durable = record(projection.snapshot$, time)
    time.at(10, () => append(store))
    time.at(20, () => append(store))
    time.at(30, () => append(store))
    await time.passTo(150)
    expect([began, saved]).toEqual([[1, 3], [1]])
    await time.passTo(300)
    expect([began, saved]).toEqual([
      [1, 3],
      [1, 3],
    ])
    expect(durable.timed).toEqual([
      [110, { offset: 1, state: [1] }],
      [210, { offset: 3, state: [1, 2, 3] }],
    ])
  })

  test('never replaces a later snapshot of another run with an earlier one', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const slow = watchSaves(store.snapshots, (go) => Later.after(time, 100, go))
    startProjection(ids, { store: { ...store, snapshots: slow.snapshots }, scheduler: time, snapshotEvery: 1 })
    await time.passTo(50)
    await append(store, 2)
    const quick = startProjection(ids, { store, scheduler: time, snapshotEvery: 1 })
    await time.passTo(60)
    expect(quick.current?.offset).toBe(5)
    await time.passTo(110)
    expect(slow.saved).toEqual([3])
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 5, state: upTo(5) })
  })
})

describe('a save that fails', () => {
  test('is reported, does no harm to the state, and without pacing is retried at the next event', () => {
    const time = new VirtualTime()
    let broken = true
    const { snapshots, began, saved } = watchSaves(storeWith(0).snapshots, (go) => {
      if (broken) throw new Error('disk full')
      go()
    })
    const store = { ...storeWith(2), snapshots }
    const told: unknown[] = []
    const projection = startProjection(ids, {
      store,
      scheduler: time,
      snapshotEvery: 2,
      snapshotAfter: Infinity,
      paceSaves: false,
      onError: (error, info) => told.push([String(error), info]),
    })
    const telemetry = record(projection.telemetry$)
    const status = record(projection.status$)
    time.runTo(0)
    append(store)
    broken = false
    append(store)
    expect(began).toEqual([2, 3, 4])
    expect(saved).toEqual([4])
    expect(told).toEqual([
      ['Error: disk full', { attempt: 0, event: undefined }],
      ['Error: disk full', { attempt: 0, event: undefined }],
    ])
    expect(telemetry.values.filter(({ type }) => type.startsWith('snapshot'))).toMatchObject([
      { type: 'snapshot.failed', offset: 2 },
      { type: 'snapshot.failed', offset: 3 },
      { type: 'snapshot', offset: 4 },
    ])
    expect(status.values).toEqual(['hydrating', 'catching-up', 'live'])
    expect(projection.current).toEqual({ offset: 4, state: [1, 2, 3, 4] })
  })

  test('of a state that JSON would change names the path', () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const told: unknown[] = []
    const dates = defineProjection<readonly unknown[], Noted>({
      name: 'ids',
      initialState: () => [],
      on: { Noted: () => [new Date(0)] },
    })
    startProjection(dates, { store, scheduler: time, snapshotEvery: 1, onError: (error) => told.push(error) })
    time.runTo(0)
    expect(told).toMatchObject([{ name: 'UnserializableError', path: '$[0]' }])
    expect(store.snapshots.load('ids', 1)).toBeUndefined()
  })
})

describe('saving takes at most a tenth of the time', () => {
  /** A log of 60 events that gives one every 10 ms, and saves that take 40 ms. */
  function slowLog(time: VirtualTime, how: (go: () => void, offset: number) => void = (go) => go()) {
    const store = storeWith(60)
    const { snapshots, began, saved } = watchSaves(store.snapshots, (go, offset) =>
      Later.after(time, 40, () => how(go, offset)),
    )
    const times: number[] = []
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) =>
        Later.after(time, 10, () => store.events.read(options)),
    }
    const timedSnapshots = {
      ...snapshots,
      save: (...save: Parameters<typeof snapshots.save>) => {
        times.push(time.frame)
        return snapshots.save(...save)
      },
    }
    return { store: { ...store, events, snapshots: timedSnapshots }, began, saved, times }
  }

  test('rests nine times as long as a save took', async () => {
    const time = new VirtualTime()
    const { store, began, times } = slowLog(time)
    startProjection(ids, { store, scheduler: time, pageSize: 1, snapshotEvery: 1, snapshotAfter: Infinity })
    await time.passTo(590)
    // The first save takes 40 ms and ends at 50; 360 ms later the next one begins.
    expect(times).toEqual([10, 410])
    expect(began).toEqual([1, 40])
  })

  test('also once it is live', async () => {
    const time = new VirtualTime()
    const { store, began, times } = slowLog(time)
    const projection = startProjection(ids, { store, scheduler: time, pageSize: 1, snapshotEvery: 1 })
    const status = record(projection.status$, time)
    await time.passTo(890)
    expect(status.timed.at(-1)).toEqual([600, 'live'])
    expect(began).toEqual([1, 40, 60])
    // The second save ends at 450; 360 ms later comes the next, also with nothing new since it is live.
    expect(times).toEqual([10, 410, 810])
  })

  test('without pacing does not rest, neither after a save nor after a failure', async () => {
    const time = new VirtualTime()
    const { store, began } = slowLog(time, (go, offset) => {
      if (offset < 9) throw new Error('disk full')
      go()
    })
    startProjection(ids, {
      store,
      scheduler: time,
      pageSize: 1,
      snapshotEvery: 1,
      snapshotAfter: Infinity,
      paceSaves: false,
      onError: () => undefined,
    })
    await time.passTo(250)
    expect(began).toEqual([1, 4, 8, 12, 16, 20, 24])
  })

  test('leaves no timer of a rest behind, also when a snapshot was taken in between', async () => {
    const time = new VirtualTime()
    const { store, saved } = slowLog(time)
    const projection = startProjection(ids, { store, scheduler: time, pageSize: 1, snapshotEvery: 1 })
    await time.passTo(100)
    projection.takeSnapshot()
    await time.passTo(200)
    expect(saved).toEqual([1, 10])
    const stopped = projection.stop()
    await time.passTo(300)
    await stopped
    expect(time.timers).toBe(0)
  })
})
