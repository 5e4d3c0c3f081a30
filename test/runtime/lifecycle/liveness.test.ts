import { type LogEvent, memory, type OneOrMany, startProjection } from 'rx-projection'
import { type Observable, Subject, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { ids } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

const event = (id: number): LogEvent => ({ id, stream: 'a', type: 'Noted', payload: { n: id } })

function begin(source: () => Observable<OneOrMany<LogEvent>>, options: object = {}) {
  const time = new VirtualTime()
  const { snapshots } = memory()
  const retry = { delay: 100, entropy: 0 }
  const projection = startProjection(ids, {
    source,
    snapshots,
    scheduler: time,
    retry,
    onError: () => undefined,
    ...options,
  } as Parameters<typeof startProjection<readonly number[]>>[1])
  return { time, projection, status: record(projection.status$, time) }
}

describe('a push source is live', () => {
  test('1 000 ms after its subscription, and not before, even if events arrive', () => {
    const pushed = new Subject<OneOrMany<LogEvent>>()
    const { time, status } = begin(() => pushed)
    time.at(500, () => pushed.next(event(1)))
    time.runTo(999)
    expect(status.values.at(-1)).toBe('catching-up')
    time.runTo(1_000)
    expect(status.timed.at(-1)).toEqual([1_000, 'live'])
  })

  test('once it emits an empty array, which moves nothing', () => {
    const pushed = new Subject<OneOrMany<LogEvent>>()
    const { time, projection, status } = begin(() => pushed)
    const states = record(projection.state$)
    time.at(10, () => pushed.next([event(1), event(2)]))
    time.at(20, () => pushed.next([]))
    time.at(30, () => pushed.next([]))
    time.runTo(2_000)
    expect(status.timed.slice(-1)).toEqual([[20, 'live']])
    expect(states.values).toEqual([[], [1, 2]])
    expect(time.timers).toBeLessThanOrEqual(1)
  })

  test('after liveAfter ms, again for each subscription', () => {
    const sources = [new Subject<LogEvent>(), new Subject<LogEvent>()]
    let subscriptions = 0
    const { time, status } = begin(() => sources[subscriptions++]!, { liveAfter: 50 })
    time.at(40, () => sources[0]!.error(new Error('disconnected')))
    time.runTo(500)
    expect(status.timed.filter(([, value]) => value === 'live')).toEqual([[190, 'live']])
  })

  test('never if it cannot connect: waits do not resolve with a state that was never read', async () => {
    for (const source of [
      () => throwError(() => new Error('refused')),
      (): never => {
        throw new Error('refused')
      },
    ]) {
      const { time, projection, status } = begin(source)
      const state = watch(projection.state({ timeout: 3_000 }))
      time.runTo(10_000)
      await promises()
      expect(status.values).not.toContain('live')
      expect(state.state).toBe('rejected')
    }
  })

  test('and liveAfter needs a source', () => {
    expect(() => startProjection(ids, { store: memory(), liveAfter: 5 })).toThrow('liveAfter goes with source')
    expect(() => begin(() => new Subject(), { liveAfter: -1 })).toThrow('liveAfter must be')
  })
})
