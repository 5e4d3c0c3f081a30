import { defineProjector, type LogEvent, memory, type OneOrMany, startProjection, startProjector } from 'rx-projection'
import { NEVER, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { ids } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { slowIds } from '../support/slowIds.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

collectUnhandled()

const event = (id: number): LogEvent => ({ id, stream: 'a', type: 'Noted', payload: { n: id } })
const retry = { delay: 100, entropy: 0 }

describe('a source that reports with an empty array that it has caught up', () => {
  test('while handlers work on earlier events: the run is live when they have ended', async () => {
    const time = new VirtualTime()
    const pushed = new Subject<OneOrMany<LogEvent>>()
    const projection = startProjection(slowIds(time, 50), {
      source: () => pushed,
      snapshots: memory().snapshots,
      scheduler: time,
      liveAfter: 10_000,
    })
    const status = record(projection.status$, time)
    const telemetry = record(projection.telemetry$)
    const state = watch(projection.state())
    time.at(10, () => {
      pushed.next([event(1), event(2)])
      pushed.next([])
    })
    await time.passTo(109)
    expect([status.values.at(-1), state.state]).toEqual(['catching-up', 'pending'])
    await time.passTo(110)
    expect([status.timed.at(-1), state.value]).toEqual([
      [110, 'live'],
      [1, 2],
    ])
    expect(telemetry.values.filter(({ type }) => type === 'catchUp.stop')).toMatchObject([{ position: 2, events: 2 }])
    pushed.next(event(3))
    await time.passTo(160)
    expect(telemetry.values.slice(-1)).toMatchObject([{ type: 'evolve', offset: 3, events: 1 }])
  })

  test('and fails before those handlers have ended: the next subscription does not become live by this', async () => {
    const time = new VirtualTime()
    const sources = [new Subject<OneOrMany<LogEvent>>(), new Subject<OneOrMany<LogEvent>>()]
    let subscriptions = 0
    const { positions } = memory()
    const projector = startProjector(
      defineProjector({ name: 'p', process: () => new Promise((done) => time.schedule(done, 50)) }),
      {
        source: () => sources[subscriptions++]!,
        positions,
        scheduler: time,
        liveAfter: Infinity,
        retry: { delay: 0, entropy: 0 },
        onError: () => undefined,
      },
    )
    const status = record(projector.status$)
    time.at(10, () => {
      sources[0]!.next(event(1))
      sources[0]!.next([])
      sources[0]!.error(new Error('disconnected'))
    })
    await time.passTo(1_000)
    expect(subscriptions).toBe(2)
    expect(status.values).not.toContain('live')
  })

  test('immediately, before anything else: the hydrated state is available', async () => {
    const time = new VirtualTime()
    const { snapshots } = memory()
    snapshots.save('ids', 1, { offset: 2, state: [1, 2] })
    const pushed = new Subject<OneOrMany<LogEvent>>()
    const projection = startProjection(ids, { source: () => pushed, snapshots, scheduler: time, liveAfter: Infinity })
    const state = watch(projection.state({ timeout: Infinity }))
    await time.passTo(100_000)
    expect(state.state).toBe('pending')
    pushed.next([])
    await promises()
    expect(state.value).toEqual([1, 2])
  })
})

describe('a source', () => {
  test('that completes before it is live never is; the clock of the next subscription starts again', async () => {
    const time = new VirtualTime()
    const sources = [new Subject<LogEvent>(), new Subject<LogEvent>()]
    let subscriptions = 0
    const projection = startProjection(ids, {
      source: () => sources[subscriptions++]!,
      snapshots: memory().snapshots,
      scheduler: time,
      retry,
      onError: () => undefined,
    })
    const status = record(projection.status$, time)
    time.at(900, () => sources[0]!.complete())
    await time.passTo(5_000)
    expect(status.timed.filter(([, value]) => value === 'live')).toEqual([[2_000, 'live']])
  })

  test('delays its dependents until it is live: they wait as long as it cannot connect', async () => {
    const time = new VirtualTime()
    let connects = false
    const first = startProjection(ids, {
      source: () => {
        if (!connects) throw new Error('refused')
        return NEVER
      },
      snapshots: memory().snapshots,
      scheduler: time,
      retry,
      onError: () => undefined,
    })
    const second = startProjection(ids, { store: memory(), dependsOn: [first], scheduler: time })
    await time.passTo(60_000)
    expect(record(second.status$).values).toEqual(['hydrating'])
    connects = true
    await time.passTo(61_099)
    expect(record(second.status$).values).toEqual(['hydrating'])
    await time.passTo(61_100)
    expect(record(second.status$).values).toEqual(['live'])
  })

  test('that is live by time: an onCaughtUp that throws fails the run, not the timer', async () => {
    const time = new VirtualTime()
    const errors: unknown[] = []
    let calls = 0
    const projection = startProjection(ids, {
      source: () => NEVER,
      snapshots: memory().snapshots,
      scheduler: time,
      retry,
      onCaughtUp: () => {
        if (++calls === 1) throw new Error('not now')
      },
      onError: (error) => errors.push(error),
    })
    await time.passTo(2_100)
    expect([String(errors), calls, record(projection.status$).values]).toEqual(['Error: not now', 2, ['live']])
  })

  test('that emits a value that throws when read fails the run', async () => {
    const time = new VirtualTime()
    const { proxy, revoke } = Proxy.revocable([] as LogEvent[], {})
    revoke()
    const pushed = new Subject<OneOrMany<LogEvent>>()
    const errors: unknown[] = []
    startProjection(ids, {
      source: () => pushed,
      snapshots: memory().snapshots,
      scheduler: time,
      retry,
      onError: (error) => errors.push(error),
    })
    time.runTo(0)
    pushed.next(proxy)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(TypeError)
  })

  test('leaves no timer when the run is stopped before it was live', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, {
      source: () => NEVER,
      snapshots: memory().snapshots,
      scheduler: time,
    })
    time.runTo(10)
    await projection.stop()
    expect(time.timers).toBe(0)
  })
})
