import { defineProjector, type LogEvent, memory, type OneOrMany, startProjection, startProjector } from 'rx-projection'
import { concat, merge, NEVER, type Observable, of, Subject, throwError } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { ids, upTo } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

const event = (id: number): LogEvent => ({ id, stream: 'a', type: 'Noted', payload: { n: id } })
const retry = { delay: 10, entropy: 0 }

/** A hot source; what it was asked for, and a way to push. */
function hotSource() {
  const pushed = new Subject<OneOrMany<LogEvent>>()
  const asked: number[] = []
  return {
    asked,
    pushed,
    source: (after: number): Observable<OneOrMany<LogEvent>> => {
      asked.push(after)
      return pushed
    },
  }
}

describe('a push source', () => {
  test('is asked for the events after the snapshot', () => {
    const time = new VirtualTime()
    const { snapshots } = memory()
    snapshots.save('ids', 1, { offset: 2, state: [1, 2] })
    const { source, asked, pushed } = hotSource()
    const projection = startProjection(ids, { source, snapshots, scheduler: time })
    const status = record(projection.status$)
    const state = record(projection.state$)
    time.runTo(0)
    expect([asked, status.values]).toEqual([[2], ['hydrating', 'catching-up']])
    pushed.next(event(3))
    pushed.next([event(4), event(5)])
    expect(state.values).toEqual([[1, 2], [1, 2, 3], upTo(5)])
  })

  test('answers waits from the arrived events', async () => {
    const time = new VirtualTime()
    const { source, pushed } = hotSource()
    const projection = startProjection(ids, { source, snapshots: memory().snapshots, liveAfter: 0, scheduler: time })
    const early = [watch(projection.state()), watch(projection.whenCaughtUp()), watch(projection.catchUp())]
    const later = watch(projection.state({ atLeast: 2 }))
    await time.passTo(0)
    expect(early.map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved'])
    expect(early[0]?.value).toEqual([])
    pushed.next(event(1))
    expect(await projection.state()).toEqual([1])
    expect(later.state).toBe('pending')
    pushed.next(event(2))
    await promises()
    expect(later.value).toEqual([1, 2])
  })

  test('that completes is retried from the last saved state', () => {
    const time = new VirtualTime()
    const { snapshots } = memory()
    const asked: number[] = []
    const source = (after: number) => {
      asked.push(after)
      return concat(of(event(after + 1)), asked.length < 3 ? of() : NEVER)
    }
    const told: unknown[] = []
    const projection = startProjection(ids, {
      source,
      snapshots,
      scheduler: time,
      retry,
      liveAfter: 5,
      snapshotEvery: 1,
      onError: (error) => told.push(error),
    })
    const status = record(projection.status$, time)
    time.runTo(100)
    expect(asked).toEqual([0, 1, 2])
    expect(told).toMatchObject([
      { name: 'SourceCompletedError', projection: 'ids' },
      { name: 'SourceCompletedError', projection: 'ids' },
    ])
    expect(projection.current?.state).toEqual([1, 2, 3])
    expect(status.timed.map(([ms, value]) => `${ms} ${value}`)).toContain('25 live')
  })

  test('that errors, or throws when called, is retried', () => {
    const time = new VirtualTime()
    let calls = 0
    const source = (after: number): Observable<LogEvent> => {
      if (++calls === 1) throw new Error('no such topic')
      if (calls === 2) return throwError(() => new Error('disconnected'))
      return of(event(after + 1), event(after + 2)).pipe((events) => concat(events, NEVER))
    }
    const told: string[] = []
    const projection = startProjection(ids, {
      source,
      snapshots: memory().snapshots,
      scheduler: time,
      retry,
      onError: (error) => told.push(String(error)),
    })
    time.runTo(20)
    expect(told).toEqual(['Error: no such topic', 'Error: disconnected'])
    expect(projection.current?.state).toEqual([1, 2])
  })

  test('may deliver twice: duplicates are dropped', () => {
    const time = new VirtualTime()
    const { source, pushed } = hotSource()
    const projection = startProjection(ids, { source, snapshots: memory().snapshots, scheduler: time })
    time.runTo(0)
    pushed.next([event(1), event(2)])
    pushed.next([event(1), event(2), event(3)])
    pushed.next(event(2))
    expect(projection.current?.state).toEqual([1, 2, 3])
  })

  test('with a gap is a MissedEventError, and is asked again from the last saved state', () => {
    const time = new VirtualTime()
    const { source, pushed, asked } = hotSource()
    const told: unknown[] = []
    const projection = startProjection(ids, {
      source,
      snapshots: memory().snapshots,
      scheduler: time,
      retry,
      onError: (error) => told.push(error),
    })
    time.runTo(0)
    pushed.next(event(1))
    pushed.next(event(3))
    expect(told).toMatchObject([{ name: 'MissedEventError', received: 3, last: 1, missing: [2, 2] }])
    time.runTo(10)
    expect(asked).toEqual([0, 0])
    pushed.next(upTo(3).map(event))
    expect(projection.current?.state).toEqual([1, 2, 3])
  })

  test('with hold may deliver out of order for a while', () => {
    const time = new VirtualTime()
    const { source, pushed } = hotSource()
    const projection = startProjection(ids, {
      source,
      snapshots: memory().snapshots,
      scheduler: time,
      liveAfter: 0,
      hold: { for: 100, atMost: 3 },
    })
    const state = record(projection.state$, time)
    time.at(10, () => pushed.next(event(3)))
    time.at(20, () => pushed.next(event(2)))
    time.at(30, () => pushed.next(event(1)))
    time.runTo(200)
    expect(state.timed.at(-1)).toEqual([30, [1, 2, 3]])
    expect(record(projection.position$).values).toEqual([3])
    expect(record(projection.status$).values).toEqual(['live'])
  })

  test('with hold: only the allowed number of events waits', () => {
    const time = new VirtualTime()
    const { source, pushed } = hotSource()
    const told: unknown[] = []
    startProjection(ids, {
      source,
      snapshots: memory().snapshots,
      scheduler: time,
      hold: { for: 100, atMost: 2 },
      retry,
      onError: (error) => told.push(error),
    })
    time.runTo(0)
    pushed.next(event(2))
    pushed.next(event(3))
    expect(told).toEqual([])
    pushed.next(event(4))
    expect(told).toMatchObject([{ name: 'MissedEventError', received: 2, last: 0 }])
  })

  test('with hold: a gap that does not fill in time is a MissedEventError; a stop leaves no timer', async () => {
    const time = new VirtualTime()
    const { source, pushed } = hotSource()
    const told: unknown[] = []
    const projection = startProjection(ids, {
      source,
      snapshots: memory().snapshots,
      scheduler: time,
      liveAfter: 0,
      hold: { for: 100, atMost: 3 },
      retry,
      onError: (error) => told.push([time.frame, error]),
    })
    time.at(10, () => pushed.next(event(2)))
    time.runTo(109)
    expect(told).toEqual([])
    expect(record(projection.position$).values).toEqual([0])
    time.runTo(110)
    expect(told).toMatchObject([[110, { name: 'MissedEventError', received: 2, last: 0 }]])
    time.runTo(120)
    pushed.next(event(2))
    await projection.stop()
    expect(time.timers).toBe(0)
  })

  test('also feeds a projector', () => {
    const time = new VirtualTime()
    const { positions } = memory()
    positions.save('mails', 1)
    const { source, asked, pushed } = hotSource()
    const sent: number[] = []
    const mails = defineProjector({ name: 'mails', process: ({ id }) => sent.push(id) })
    const projector = startProjector(mails, { source, positions, scheduler: time })
    time.runTo(0)
    pushed.next(event(1))
    pushed.next(event(2))
    pushed.next([event(3), event(4)])
    expect([asked, sent, positions.load('mails'), projector.position]).toEqual([[1], [2, 3, 4], 4, 4])
  })

  test('that fails while a handler runs waits for it before it continues: one at a time', async () => {
    const time = new VirtualTime()
    const { positions } = memory()
    const { source, asked, pushed } = hotSource()
    let cut = new Subject<never>()
    const handled: string[] = []
    const slow = defineProjector({
      name: 'p',
      process: ({ id }) => {
        handled.push(`begins ${id}`)
        return Later.after(time, 100, () => handled.push(`ends ${id}`))
      },
    })
    const projector = startProjector(slow, {
      source: (after) => merge(source(after), cut),
      positions,
      scheduler: time,
      retry,
      onError: () => undefined,
    })
    time.runTo(0)
    pushed.next(event(1))
    await time.passTo(50)
    const disconnect = cut
    cut = new Subject()
    disconnect.error(new Error('disconnected'))
    await time.passTo(99)
    expect([asked, record(projector.status$).values]).toEqual([[0], ['hydrating']])
    await time.passTo(100)
    // The position of a handler whose run had failed is saved by the next one: it is not called again.
    expect(asked).toEqual([0, 1])
    pushed.next(event(1))
    await time.passTo(200)
    expect(handled).toEqual(['begins 1', 'ends 1'])
    expect(positions.load('p')).toBe(1)
    pushed.next(event(2))
    await time.passTo(250)
    cut.error(new Error('disconnected'))
    const stopped = watch(projector.stop())
    await time.passTo(299)
    expect(stopped.state).toBe('pending')
    await time.passTo(300)
    expect([stopped.state, time.timers]).toEqual(['resolved', 0])
    expect(positions.load('p')).toBe(2)
  })
})
