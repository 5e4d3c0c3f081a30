import { startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, ids, storeWith } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { watchSaves } from '../support/saves.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const retry = { delay: 100, entropy: 0, backoff: { factor: 2, max: 350 } }

/** A live projection of one event, whose saves do what `how` says; and when each began. */
function live(how: (go: () => void, offset: number) => void, takes = 0, options: object = {}) {
  const time = new VirtualTime()
  const times: number[] = []
  const { snapshots, began, saved } = watchSaves(storeWith(0).snapshots, (go, offset) => {
    times.push(time.frame)
    return takes === 0 ? how(go, offset) : Later.after(time, takes, () => how(go, offset))
  })
  const store = { ...storeWith(1), snapshots }
  const told: unknown[] = []
  const projection = startProjection(ids, {
    store,
    scheduler: time,
    snapshotEvery: 1,
    snapshotAfter: Infinity,
    retry,
    onError: (error, { attempt }) => told.push([String(error), attempt]),
    ...options,
  })
  const telemetry = record(projection.telemetry$, time)
  return { time, store, projection, times, began, saved, told, telemetry }
}

const full = (): never => {
  throw new Error('disk full')
}

describe('a save while live', () => {
  test('is followed by a rest nine times as long, in which no due save begins', async () => {
    const { time, store, times, began } = live((go) => go(), 40)
    await time.passTo(50)
    for (let at = 60; at < 400; at += 10) time.at(at, () => append(store))
    await time.passTo(399)
    expect(times).toEqual([0])
    await time.passTo(450)
    expect([times, began]).toEqual([
      [0, 400],
      [1, 35],
    ])
  })

  test('without pacing begins when the one before it has ended', async () => {
    const { time, store, times } = live((go) => go(), 40, { paceSaves: false })
    time.at(10, () => append(store))
    await time.passTo(450)
    expect(times).toEqual([0, 40])
  })

  test('by takeSnapshot() does not wait', async () => {
    const { time, store, projection, times, saved } = live((go) => go(), 40)
    time.at(50, () => append(store))
    await time.passTo(60)
    projection.takeSnapshot()
    await time.passTo(100)
    expect([times, saved]).toEqual([
      [0, 60],
      [1, 2],
    ])
    // It begins a rest of its own.
    append(store)
    await time.passTo(459)
    expect(times).toEqual([0, 60])
    await time.passTo(460)
    expect(times).toEqual([0, 60, 460])
  })

  test('of a stop does not wait', async () => {
    const { time, store, projection, times, saved } = live((go) => go(), 40)
    time.at(50, () => append(store))
    await time.passTo(60)
    const stopped = projection.stop()
    await time.passTo(100)
    await stopped
    expect([times, saved, time.timers]).toEqual([[0, 60], [1, 2], 0])
  })
})

describe('a save that fails while live', () => {
  test('is retried after waits that grow like those of retries, also without a new event', () => {
    const { time, times, told, projection } = live(full)
    time.runTo(1_500)
    expect(times).toEqual([0, 100, 300, 650, 1_000, 1_350])
    expect(told).toEqual(times.map(() => ['Error: disk full', 0]))
    expect(record(projection.status$).values).toEqual(['live'])
  })

  test('is not retried at each event: 100 events in half a second cause 3 tries, and the last saves the latest', () => {
    let broken = true
    const { time, store, times, saved } = live((go) => (broken ? full() : go()))
    for (let at = 5; at <= 500; at += 5) time.at(at, () => append(store))
    time.runTo(500)
    expect(times).toEqual([0, 100, 300])
    broken = false
    time.runTo(1_000)
    expect(times).toEqual([0, 100, 300, 650])
    expect(saved).toEqual([101])
  })

  test('starts its waits again after a save that succeeded', () => {
    let broken = true
    const { time, store, times } = live((go) => (broken ? full() : go()))
    time.at(290, () => {
      broken = false
    })
    time.at(310, () => {
      broken = true
      append(store)
    })
    time.runTo(420)
    expect(times).toEqual([0, 100, 300, 310, 410])
  })

  test('also waits for a random part', () => {
    const { time, times } = live(full, 0, { retry: { delay: 100, entropy: 9 }, random: () => 0.5 })
    time.runTo(250)
    expect(times).toEqual([0, 105, 210])
  })

  test('is also retried after a wait of 0 ms, and lets everything else continue', () => {
    let tries = 0
    const { time, saved } = live((go) => (++tries < 5 ? full() : go()), 0, { retry: { delay: 0, entropy: 0 } })
    time.runTo(0)
    expect([tries, saved]).toEqual([5, [1]])
  })

  test('keeps its wait over a retry of the run', () => {
    let fails = 2
    const flaky = {
      ...ids,
      handlerOf: () =>
        ((state: readonly number[], { id }: { id: number }) => {
          if (id === 2 && fails-- > 0) throw new Error('not yet')
          return [...state, id]
        }) as never,
    }
    const time = new VirtualTime()
    const times: number[] = []
    const { snapshots } = watchSaves(storeWith(0).snapshots, () => {
      times.push(time.frame)
      full()
    })
    const store = { ...storeWith(1), snapshots }
    startProjection(flaky, {
      store,
      scheduler: time,
      snapshotEvery: 1,
      snapshotAfter: Infinity,
      retry: { delay: 10, entropy: 0, backoff: { factor: 10, max: 1_000 } },
      onError: () => undefined,
    })
    time.runTo(5)
    // The second try, at 10, begins a rest up to 110. A run that fails at 20 is tried again at 30 and at 130.
    time.at(20, () => append(store))
    time.runTo(29)
    expect(times).toEqual([0, 10])
    time.runTo(109)
    expect(times).toEqual([0, 10])
    time.runTo(140)
    expect(times.length).toBeGreaterThan(2)
  })

  test('leaves no timer behind when the run is stopped, and is then retried once', async () => {
    const { time, projection, times, told, telemetry } = live(full)
    time.runTo(150)
    const stopped = projection.stop()
    time.runTo(200)
    await stopped
    expect(times).toEqual([0, 100, 150])
    expect(told).toHaveLength(3)
    expect(telemetry.values.filter(({ type }) => type === 'snapshot.failed')).toHaveLength(3)
    expect(time.timers).toBe(0)
  })

  test('with an error that is not retryable is not retried with the same state', () => {
    const hopeless = (): never => {
      throw Object.assign(new Error('too large'), { retryable: false })
    }
    const { time, store, times } = live(hopeless)
    time.runTo(5_000)
    expect(times).toEqual([0])
    append(store)
    expect(times).toEqual([0, 5_000])
  })
})

test('a last save that fails is tried once by a stop, whatever would save', async () => {
  const time = new VirtualTime()
  const { snapshots, began } = watchSaves(storeWith(0).snapshots, full)
  const told: unknown[] = []
  const projection = startProjection(ids, {
    store: { ...storeWith(3), snapshots },
    scheduler: time,
    onError: (error, info) => told.push([String(error), info]),
  })
  const telemetry = record(projection.telemetry$, time)
  time.runTo(0)
  const stopped = projection.stop()
  time.runNow()
  await stopped
  expect(began).toEqual([3])
  expect(told).toEqual([['Error: disk full', { attempt: 0, event: undefined }]])
  expect(telemetry.values.filter(({ type }) => type === 'snapshot.failed')).toHaveLength(1)
})
