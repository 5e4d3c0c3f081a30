import {
  type EventMark,
  type EventReader,
  ensureSequential,
  followLog,
  type LogEvent,
  type LogPage,
  type LogProgress,
  markOf,
  type ReadOptions,
} from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { promises, VirtualTime } from '../../runtime/support/VirtualTime.ts'
import { controlled } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'
import { TestLog } from '../../support/TestLog.ts'

const { a, b, c, d } = eventsOf('abcd', {
  a: { revision: 1, recordedAt: '2026-01-01T00:00:00.000Z' },
  b: { revision: 2, recordedAt: '2026-01-02T00:00:00.000Z' },
})

/** Follows a log that can be lost and found again, in pages of two. */
function follow(log: TestLog, options: { readonly after?: number; readonly mark?: EventMark } = {}) {
  const clock = new VirtualTimeScheduler()
  const reconnects$ = new Subject<void>()
  const progress: LogProgress[] = []
  const events: EventReader = { read: (asked) => log.read(asked), hints$: log.hints$, reconnects$ }
  const recorded = record(
    followLog({ events }, { pageSize: 2, onProgress: (made) => progress.push(made), ...options }, clock),
  )
  const asked = () => log.reads.map(({ after, limit }) => [after, limit])
  return { recorded, asked, reconnects$, clock, progress }
}

describe('followLog with a mark', () => {
  it('asks for the event at its position, of all streams, before the first page', () => {
    const log = new TestLog(a, b, c)
    const { subscription, values } = record(
      followLog(log, { after: 2, mark: markOf(b), streams: ['letters'] }, new VirtualTimeScheduler()),
    )
    const signal = expect.any(AbortSignal)
    expect(log.reads).toStrictEqual([
      { after: 1, limit: 1, signal },
      { after: 2, limit: 512, streams: ['letters'], signal },
    ])
    expect(values).toStrictEqual([[c]])
    subscription.unsubscribe()
  })

  it('asks once, and does not report this to onProgress', () => {
    const { recorded, asked, progress } = follow(new TestLog(a, b, c, d), { after: 1, mark: markOf(a) })
    expect(recorded.values).toStrictEqual([[b, c], [d]])
    expect(asked()).toEqual([
      [0, 1],
      [1, 2],
      [3, 2],
    ])
    expect(progress.map(({ through }) => through)).toEqual([3, 4])
    recorded.subscription.unsubscribe()
  })

  it.each<[what: string, there: LogEvent]>([
    ['stream', { ...b, stream: 'others' }],
    ['revision', { ...b, revision: 7 }],
    ['time', { ...b, recordedAt: '2026-02-01T00:00:00.000Z' }],
  ])('errors where the event there has another %s, and gives nothing out', (_, there) => {
    const { recorded, asked, clock } = follow(new TestLog(a, there, c), { after: 2, mark: markOf(b) })
    expect(recorded).toMatchObject({
      values: [],
      error: { name: 'LogMismatchError', retryable: false, expected: markOf(b), actual: markOf(there) },
    })
    expect(asked()).toEqual([[1, 1]])
    expect(clock.actions).toEqual([])
  })

  it('compares only the fields that both have', () => {
    const { recorded } = follow(new TestLog(a, { ...b, recordedAt: undefined } as never, c), {
      after: 2,
      mark: { position: 2, stream: 'letters' },
    })
    expect(recorded).toMatchObject({ values: [[c]], failed: false })
    recorded.subscription.unsubscribe()
  })

  it('passes if the event no longer exists', () => {
    const { recorded } = follow(new TestLog(a, c), { after: 2, mark: markOf(b) })
    expect(recorded).toMatchObject({ values: [[c]], failed: false })
    recorded.subscription.unsubscribe()
  })

  it('errors if the log ends before it: the position is ahead', () => {
    const { recorded } = follow(new TestLog(a), { after: 3, mark: markOf(c) })
    expect(recorded.error).toMatchObject({ name: 'SnapshotAheadError', offset: 3, head: 1 })
  })

  it('still works after the position has moved over other events', () => {
    const { recorded, asked } = follow(new TestLog(a, b, c, d), { after: 3, mark: markOf(b) })
    expect(recorded.values).toStrictEqual([[d]])
    expect(asked()).toEqual([
      [1, 1],
      [3, 2],
    ])
    recorded.subscription.unsubscribe()
  })

  it('waits while the log has not decided about that position, and asks again at a hint', () => {
    const log = new TestLog(a, b, c)
    const undecided = { events: [], through: 1, head: 3 }
    let decided = false
    const read = log.read.bind(log)
    log.read = (options) => {
      const page = read(options)
      return decided ? page : undecided
    }
    const { recorded, asked, clock } = follow(log, { after: 2, mark: markOf(b) })
    expect([asked(), clock.actions.length]).toEqual([[[1, 1]], 1])
    decided = true
    log.hints$.next('decided')
    expect(recorded.values).toStrictEqual([[c]])
    expect(asked()).toEqual([
      [1, 1],
      [1, 1],
      [2, 2],
    ])
    recorded.subscription.unsubscribe()
  })

  it('refuses an answer that is not a page', () => {
    const log = new TestLog(a, b)
    log.read = () => null as never
    expect(follow(log, { after: 1, mark: markOf(a) }).recorded.error).toMatchObject({ name: 'InvalidPageError' })
  })

  it('limits that read by the timeout, too, and names it', async () => {
    const time = new VirtualTime()
    const log = new TestLog(a, b)
    const read = controlled<[options: ReadOptions], LogPage>()
    log.read = read
    const recorded = record(followLog(log, { after: 2, mark: markOf(b), readTimeout: 200 }, time))
    await time.passTo(200)
    expect(recorded.error).toHaveProperty('message', 'the read of the event at position 2 took longer than 200 ms')
    expect(read.calls[0]!.args[0].signal?.aborted).toBe(true)
  })

  it('asks the whole log if a reader returns only a part of it', () => {
    const log = new TestLog(a, { ...b, stream: 'others' }, c)
    const part: EventReader = {
      read: ({ after }) => ({ events: after < 3 ? [{ ...c, previous: after } as never] : [], through: 3, head: 3 }),
      whole: log,
    }
    const recorded = record(followLog({ events: part }, { after: 2, mark: markOf(b) }, new VirtualTimeScheduler()))
    expect(recorded.error).toMatchObject({ name: 'LogMismatchError' })
  })
})

describe('followLog, after its store has reconnected,', () => {
  it('asks for the last event that it delivered, then reads new events', () => {
    const log = new TestLog(a, b, c)
    const { recorded, asked, reconnects$ } = follow(log)
    log.put(d)
    reconnects$.next()
    expect(asked()).toEqual([
      [0, 2],
      [2, 2],
      [2, 1],
      [3, 2],
    ])
    expect(recorded.values).toStrictEqual([[a, b], [c], [d]])
    recorded.subscription.unsubscribe()
  })

  it('asks for its initial mark if it has delivered nothing', () => {
    const log = new TestLog(a, b)
    const { recorded, asked, reconnects$ } = follow(log, { after: 2, mark: markOf(b) })
    reconnects$.next()
    expect(asked()).toEqual([
      [1, 1],
      [2, 2],
      [1, 1],
      [2, 2],
    ])
    recorded.subscription.unsubscribe()
  })

  it('errors if another event is there', () => {
    const log = new TestLog(a, b)
    const { recorded, reconnects$ } = follow(log)
    log.read = (options) => new TestLog(a, { ...b, stream: 'others' }, c).pageOf(options)
    reconnects$.next()
    expect(recorded.error).toMatchObject({
      name: 'LogMismatchError',
      expected: markOf(b),
      actual: { ...markOf(b), stream: 'others' },
    })
    expect(recorded.values).toStrictEqual([[a, b]])
  })

  it('only reads if it knows no event', () => {
    const log = new TestLog()
    const { recorded, asked, reconnects$ } = follow(log)
    reconnects$.next()
    expect(asked()).toEqual([
      [0, 2],
      [0, 2],
    ])
    recorded.subscription.unsubscribe()
  })

  it('drops a page that was read meanwhile, because it may be from another log', async () => {
    const log = new TestLog(a, b, c)
    const other = new TestLog(a, b, { ...c, stream: 'others' }, { ...d, stream: 'others' })
    const { recorded, reconnects$ } = follow(log)
    const { promise, resolve } = Promise.withResolvers<LogPage>()
    log.read = () => promise
    log.hints$.next('news')
    reconnects$.next()
    log.read = (options) => other.pageOf(options)
    resolve(other.pageOf({ after: 3, limit: 2 }))
    await promises()
    expect(recorded).toMatchObject({ values: [[a, b], [c]], error: { name: 'LogMismatchError' } })
  })

  it('reads that page again if the log is still the same', async () => {
    const log = new TestLog(a, b, c)
    const read = log.read.bind(log)
    const { recorded, reconnects$, asked } = follow(log)
    const { promise, resolve } = Promise.withResolvers<LogPage>()
    log.put(d)
    log.read = (options) => {
      read(options)
      return promise
    }
    log.hints$.next('news')
    reconnects$.next()
    log.read = read
    resolve(log.pageOf({ after: 3, limit: 2 }))
    await promises()
    expect(recorded.values).toStrictEqual([[a, b], [c], [d]])
    expect(asked().slice(2)).toEqual([
      [3, 2],
      [2, 1],
      [3, 2],
    ])
    recorded.subscription.unsubscribe()
  })

  it('asks again if that happens while it asks', () => {
    const log = new TestLog(a, b)
    const read = log.read.bind(log)
    const { recorded, reconnects$, asked } = follow(log)
    let again = true
    log.read = (options) => {
      if (again && options.limit === 1) {
        again = false
        reconnects$.next()
      }
      return read(options)
    }
    reconnects$.next()
    expect(asked()).toEqual([
      [0, 2],
      [1, 1],
      [1, 1],
      [2, 2],
    ])
    recorded.subscription.unsubscribe()
  })

  it('passes on an error of the reconnects', () => {
    const { recorded, reconnects$ } = follow(new TestLog(a))
    reconnects$.error(new Error('lost'))
    expect(recorded.error).toEqual(new Error('lost'))
  })

  it('continues if they complete, and unsubscribes from them when it is unsubscribed', () => {
    const log = new TestLog(a)
    const first = follow(log)
    first.reconnects$.complete()
    log.append(b)
    expect(first.recorded).toMatchObject({ values: [[a], [b]], completed: false })
    first.recorded.subscription.unsubscribe()
    const second = follow(log)
    second.recorded.subscription.unsubscribe()
    expect(second.reconnects$.observed).toBe(false)
  })

  it('keeps the events in sequence', () => {
    const [log, reconnects$] = [new TestLog(a, b), new Subject<void>()]
    const events = Object.assign(log, { reconnects$ })
    const checked = record(followLog({ events }, {}, new VirtualTimeScheduler()).pipe(ensureSequential()))
    log.put(c)
    reconnects$.next()
    expect(checked.values).toStrictEqual([[a, b], [c]])
    checked.subscription.unsubscribe()
  })
})
