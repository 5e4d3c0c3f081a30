import {
  ensureSequential,
  followLog,
  InvalidPageError,
  type LogEvent,
  type LogProgress,
  SnapshotAheadError,
} from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { identity, type MonoTypeOperatorFunction, Subscription, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'
import { still, TestLog } from '../../support/TestLog.ts'

const { a, b, c, d, e, f } = eventsOf('abcdef')

/** What comes out of pages that a store gives one after the other. */
function given(pages: readonly unknown[], after = 0, stage: MonoTypeOperatorFunction<readonly LogEvent[]> = identity) {
  const log = new TestLog()
  const asked: number[] = []
  const progress: LogProgress[] = []
  const clock = new VirtualTimeScheduler()
  log.read = (options) => {
    const nothing = { events: [], through: options.after, head: options.after }
    const page = asked.length < pages.length ? pages[asked.length] : nothing
    asked.push(options.after)
    return page as never
  }
  const recorded = record(followLog(log, { after, onProgress: (made) => progress.push(made) }, clock).pipe(stage))
  const hint = () => log.hints$.next('news')
  return { recorded, asked, progress, hint, clock }
}

const page = (events: readonly LogEvent[], through: number, head = through) => ({ events, through, head })

/** An event behind a place without one, as a store links it that knows only what it was asked after. */
const behind = (event: LogEvent, previous: number): LogEvent => ({ ...event, previous })

describe('followLog lowers the previous that an event carries', () => {
  it('to the last delivered event, if a filter left out events in between', () => {
    const { recorded } = given([page([a], 3, 9), page([behind(e, 3)], 9)])
    expect(recorded.values).toStrictEqual([[a], [behind(e, 1)]])
  })

  it('to the start position, if no event was delivered', () => {
    const { recorded } = given([page([], 5, 9), page([behind(f, 5)], 9)], 2)
    expect(recorded.values).toStrictEqual([[behind(f, 2)]])
  })

  it('also over several pages without an event', () => {
    const { recorded } = given([page([a], 2, 9), page([], 3, 9), page([], 4, 9), page([behind(e, 4)], 9)])
    expect(recorded.values.at(-1)).toStrictEqual([behind(e, 1)])
  })

  it('after a proven hole at the end of a page: the next event is in sequence', () => {
    const [eight, nine, eleven] = [8, 9, 11].map((id) => ({ ...a, id })) as [LogEvent, LogEvent, LogEvent]
    const pages = [page([eight, nine], 10, 11), page([behind(eleven, 10)], 11)]
    const { recorded } = given(pages, 7, ensureSequential({ after: 7 }))
    expect(recorded).toMatchObject({ values: [[eight, nine], [behind(eleven, 9)]], failed: false })
  })

  it('only of the first event, and does not change the array of the store', () => {
    const events = Object.freeze([behind(e, 3), f])
    const { recorded } = given([page([a], 3, 9), page(events, 9)])
    expect(recorded.values[1]).toStrictEqual([behind(e, 1), f])
    expect(recorded.values[1]?.[1]).toBe(f)
    expect(events).toStrictEqual([behind(e, 3), f])
  })
})

describe('followLog does not change', () => {
  it('a previous at or below the last delivered event', () => {
    const linked = behind(e, 0)
    const { recorded } = given([page([a], 3, 9), page([linked], 9)])
    expect(recorded.values[1]?.[0]).toBe(linked)
  })

  it('an event without one: a page that claims an event but does not contain it has lost it', () => {
    const [eight, nine, eleven] = [8, 9, 11].map((id) => ({ ...a, id })) as [LogEvent, LogEvent, LogEvent]
    const { recorded } = given([page([eight, nine], 10, 11), page([eleven], 11)], 7, ensureSequential({ after: 7 }))
    expect(recorded.values).toStrictEqual([[eight, nine]])
    expect(recorded.error).toMatchObject({ name: 'MissedEventError', received: 11, last: 9, missing: [10, 10] })
  })

  it('an event without one, also after pages without events', () => {
    const events = [e, f]
    const { recorded } = given([page([a], 2, 9), page([], 4, 9), page(events, 9)])
    expect(recorded.values[1]).toBe(events)
  })

  it('a previous after the requested position: the page itself has lost that event', () => {
    const { recorded } = given([page([a], 3, 9), page([behind(f, 5)], 9)], 0, ensureSequential())
    expect(recorded.error).toMatchObject({ name: 'MissedEventError', received: 6, missing: [2, 5] })
  })

  it('the events that it requested after the last delivered event: a hole there is a loss', () => {
    const events = [c, d]
    const { recorded } = given([page([a], 1, 9), page(events, 9)])
    expect(recorded.values[1]).toBe(events)
    expect(recorded.values[1]?.[0]).toStrictEqual(c)
  })
})

describe('followLog reports to onProgress', () => {
  it('after each page how far it has read, also if the page had no event', () => {
    const { progress } = given([page([a, b], 2, 9), page([], 7, 9), page([], 9)])
    expect(progress).toEqual([
      { through: 2, head: 9 },
      { through: 7, head: 9 },
      { through: 9, head: 9 },
    ])
  })

  it('after a page was delivered, and before it reads the next', () => {
    const log = new TestLog(a, b)
    const order: string[] = []
    const read = log.read.bind(log)
    log.read = (options) => {
      order.push(`read after ${options.after}`)
      return read(options)
    }
    followLog(log, { pageSize: 1, onProgress: ({ through }) => order.push(`through ${through}`) }, still())
      .subscribe(([event]) => order.push(`event ${event?.id}`))
      .unsubscribe()
    expect(order).toEqual(['read after 0', 'event 1', 'through 1', 'read after 1', 'event 2', 'through 2'])
  })

  it('nothing more if its page unsubscribed', () => {
    const log = new TestLog(a, b)
    const progress: unknown[] = []
    const following = followLog(log, { onProgress: (made) => progress.push(made) }, still())
    const { subscription } = record(following)
    expect(progress).toHaveLength(1)
    log.append(c)
    subscription.unsubscribe()
    log.append(d)
    expect(progress).toHaveLength(2)
  })

  it('and waits for nothing more if onProgress unsubscribes', () => {
    const clock = new VirtualTimeScheduler()
    const log = new TestLog(a)
    const following = new Subscription()
    const onProgress = ({ through }: LogProgress) => {
      if (through === 2) following.unsubscribe()
    }
    following.add(followLog(log, { onProgress }, clock).subscribe())
    expect(clock.actions).toHaveLength(1)
    log.append(b)
    expect(clock.actions).toEqual([])
    expect(log.hints$.observed).toBe(false)
  })

  it('and reads again if onProgress causes a hint', () => {
    const log = new TestLog(a)
    const onProgress = ({ through }: LogProgress) => {
      if (through === 1) log.append(b)
    }
    const { values, subscription } = record(followLog(log, { onProgress }, still()))
    expect(values).toStrictEqual([[a], [b]])
    subscription.unsubscribe()
  })
})

describe('followLog waits', () => {
  it('if a page does not advance below the head, which is not decided yet: for a hint, or for its time', () => {
    const { recorded, asked, hint, clock } = given([page([a], 1, 3), page([], 1, 3), page([], 1, 3), page([b, c], 3)])
    expect(asked).toEqual([0, 1])
    expect(clock.actions).toHaveLength(1)
    hint()
    expect(asked).toEqual([0, 1, 1])
    hint()
    expect(asked).toEqual([0, 1, 1, 1])
    expect(recorded.values).toStrictEqual([[a], [b, c]])
  })
})

describe('followLog refuses', () => {
  it('a log that ends before the position to continue after', () => {
    const { recorded, asked, clock } = given([page([], 5, 5)], 7)
    expect(recorded.error).toBeInstanceOf(SnapshotAheadError)
    expect(recorded.error).toMatchObject({ offset: 7, head: 5, retryable: false })
    expect(asked).toEqual([7])
    expect(clock.actions).toEqual([])
  })

  it('a log that has become shorter meanwhile', () => {
    const { recorded, hint } = given([page([a, b], 2), page([], 1)])
    hint()
    expect(recorded).toMatchObject({ values: [[a, b]], error: { name: 'SnapshotAheadError', offset: 2, head: 1 } })
  })

  it.each<[field: string, answer: unknown]>([
    ['head', null],
    ['head', undefined],
    ['head', 5],
    ['head', { events: [], through: 0 }],
    ['head', { events: [], through: 0, head: -1 }],
    ['head', { events: [], through: 0, head: '9' }],
    ['events', { through: 0, head: 0 }],
    ['events', { events: 'abc', through: 3, head: 3 }],
    ['events', { events: [null], through: 1, head: 1 }],
    ['events', { events: [a, undefined], through: 1, head: 1 }],
    ['events', { events: [{ ...a, id: Number.NaN }], through: 1, head: 1 }],
    ['through', { events: [], head: 0 }],
    ['through', { events: [a, b], through: 1, head: 2 }],
    ['through', { events: [a], through: 5, head: 2 }],
    ['through', { events: [a], through: Number.NaN, head: 2 }],
  ])('what is no page, naming its %s: %o', (field, answer) => {
    const { error } = given([answer]).recorded
    expect(error).toBeInstanceOf(InvalidPageError)
    expect(error).toMatchObject({ field, retryable: false })
  })

  it('a page that goes back', () => {
    const { recorded } = given([page([], 3, 9)], 5)
    expect(recorded.error).toMatchObject({ name: 'InvalidPageError', field: 'through', value: 3 })
  })
})
