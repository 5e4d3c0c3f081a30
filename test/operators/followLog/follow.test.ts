import { followLog, type LogProgress } from 'rx-projection/operators'
import { batchesOf, eventsOf, marbles } from 'rx-projection/testing'
import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'
import { still, TestLog } from '../../support/TestLog.ts'

const events = eventsOf('abcdefgh')
const { a, b, c, d, e } = events
const pages = batchesOf(events, { a: 'a', b: 'b', c: 'c', d: 'd', e: 'e', f: 'f', x: 'abc', y: 'de', z: 'bc' })

describe('followLog, by the checklist', () => {
  it(
    'never: an empty log emits nothing, and is read again every catchUpAfter ms',
    marbles((m) => {
      const log = new TestLog()
      const reads: number[] = []
      const read = log.read.bind(log)
      log.read = (options) => {
        reads.push(m.scheduler.now())
        return read(options)
      }
      m.expect(followLog(log, { catchUpAfter: 5 }), '^-----------!').toBeObservable('-')
      m.flush()
      expect(reads).toEqual([0, 5, 10])
    }),
  )

  it(
    'one and many: history in pages first, then new events as they arrive',
    marbles((m) => {
      const log = new TestLog(a, b, c, d, e)
      const news = m.hot('    ----f---g--', { ...events })
      const unsub = '         ^---------!'
      const expected = '      (xy)f---g--'
      news.subscribe((event) => log.append(event))
      m.expect(followLog(log, { pageSize: 3 }), unsub).toBeObservable(expected, { ...pages, g: [events.g] })
    }),
  )

  it(
    'error: a read that throws makes the output error, and ends hints and timer',
    marbles((m) => {
      const log = new TestLog(a)
      const hints = m.hot('   ---h--')
      const subs = '          ^--!  '
      const expected = '      a--#  '
      const read = log.read.bind(log)
      let reads = 0
      log.read = (options) => {
        if (reads++ > 0) throw new Error('no disk')
        return read(options)
      }
      const store = { events: { read: log.read, hints$: hints } }
      m.expect(followLog(store)).toBeObservable(expected, pages, new Error('no disk'))
      m.expect(hints).toHaveSubscriptions(subs)
    }),
  )

  it(
    'error: hints that error make the output error',
    marbles((m) => {
      const hints = m.hot('   ---#')
      const expected = '      a--#'
      const log = new TestLog(a)
      const store = { events: { read: log.read.bind(log), hints$: hints } }
      m.expect(followLog(store)).toBeObservable(expected, pages)
    }),
  )

  it(
    'hints that complete end nothing: it polls',
    marbles((m) => {
      const hints = m.hot('   --|        ')
      const unsub = '         ^---------!'
      const expected = '      a----b-----'
      const log = new TestLog(a)
      m.hot('---b', events).subscribe((event) => log.put(event))
      const store = { events: { read: log.read.bind(log), hints$: hints } }
      m.expect(followLog(store, { catchUpAfter: 5 }), unsub).toBeObservable(expected, pages)
    }),
  )

  it(
    'early unsubscription: leaves the hints, the timer, and aborts the signal of the reads',
    marbles((m) => {
      const log = new TestLog(a)
      const hints = m.hot('   ---h-----')
      const unsub = '         ^----!   '
      const expected = '      a--------'
      const store = { events: { read: log.read.bind(log), hints$: hints } }
      m.expect(followLog(store, { catchUpAfter: 4 }), unsub).toBeObservable(expected, pages)
      m.expect(hints).toHaveSubscriptions(unsub)
      m.flush()
      expect(log.reads).toHaveLength(2)
      expect(log.reads.every(({ signal }) => signal?.aborted)).toBe(true)
    }),
  )

  it('a firehose: an endless log stops under take(1), after one read', () => {
    const log = new TestLog()
    log.read = ({ after, ...options }) => {
      log.reads.push({ after, ...options })
      return { events: [{ ...a, id: after + 1 }], through: after + 1, head: Number.MAX_SAFE_INTEGER }
    }
    const { values, completed } = record(followLog(log, {}, still()).pipe(take(1)))
    expect({ values, completed, reads: log.reads.length }).toEqual({ values: [[a]], completed: true, reads: 1 })
  })

  it('re-entrance: events appended during the delivery of a page follow it', () => {
    const log = new TestLog(a)
    const values: unknown[] = []
    const following = followLog(log, {}, still()).subscribe((page) => {
      values.push(page)
      if (values.length === 1) log.append(b, c)
      if (values.length === 2) log.append(d)
    })
    following.unsubscribe()
    expect(values).toStrictEqual([[a], [b, c], [d]])
  })

  it('second subscription: reads independently from the beginning', () => {
    const log = new TestLog(a, b)
    const out$ = followLog(log, { pageSize: 1 }, still())
    const first = record(out$)
    log.append(c)
    const second = record(out$)
    log.append(d)
    expect(first.values).toStrictEqual([[a], [b], [c], [d]])
    expect(second.values).toStrictEqual([[a], [b], [c], [d]])
    first.subscription.unsubscribe()
    second.subscription.unsubscribe()
  })

  it('a throwing onProgress makes the output error, and never reaches the appender', () => {
    const thrown = new Error('of onProgress')
    const log = new TestLog(a)
    const onProgress = ({ through }: LogProgress) => {
      if (through > 1) throw thrown
    }
    const recorded = record(followLog(log, { onProgress }, still()))
    log.append(b)
    log.append(c)
    expect(recorded).toMatchObject({ values: [[a], [b]], error: thrown })
    expect(log.hints$.observed).toBe(false)
  })

  it('reads when it is subscribed, not when it is created', () => {
    const log = new TestLog(a)
    followLog(log, {}, still())
    expect(log.reads).toEqual([])
  })
})

describe('followLog, when it is called,', () => {
  const log = new TestLog()
  it.each([
    ['store', () => followLog(undefined as never), TypeError],
    ['store.events', () => followLog({} as never), TypeError],
    ['store.events.read', () => followLog({ events: {} } as never), TypeError],
    ['options', () => followLog(log, null as never), TypeError],
    ['after', () => followLog(log, { after: -1 }), RangeError],
    ['streams', () => followLog(log, { streams: [] }), TypeError],
    ['streams', () => followLog(log, { streams: ['a', ''] }), TypeError],
    ['streams', () => followLog(log, { streams: 'a' as never }), TypeError],
    ['pageSize', () => followLog(log, { pageSize: 0 }), RangeError],
    ['pageSize', () => followLog(log, { pageSize: Number.POSITIVE_INFINITY }), RangeError],
    ['catchUpAfter', () => followLog(log, { catchUpAfter: 2 ** 31 }), RangeError],
    ['catchUpAfter', () => followLog(log, { catchUpAfter: -1 }), RangeError],
    ['readTimeout', () => followLog(log, { readTimeout: -1 }), RangeError],
    ['readTimeout', () => followLog(log, { readTimeout: 2 ** 31 }), RangeError],
    ['readTimeout', () => followLog(log, { readTimeout: Number.NaN }), RangeError],
    ['mark', () => followLog(log, { mark: 7 as never }), TypeError],
    ['mark.position', () => followLog(log, { mark: { position: 0, stream: 'a' } }), RangeError],
    ['onProgress', () => followLog(log, { onProgress: 'log' as never }), TypeError],
  ])('names the wrong argument %s', (argument, call, error) => {
    expect(call).toThrow(error)
    expect(call).toThrow(new RegExp(`^${argument.replaceAll('.', '\\.')} must be`))
  })

  it('asks for pages of 512 after 0, of all streams, with a signal', () => {
    const asked = new TestLog()
    record(followLog(asked, {}, still())).subscription.unsubscribe()
    record(followLog(asked, { after: 0, streams: ['s'], pageSize: 7 }, still())).subscription.unsubscribe()
    const signal = expect.any(AbortSignal)
    expect(asked.reads).toStrictEqual([
      { after: 0, limit: 512, signal },
      { after: 0, limit: 7, streams: ['s'], signal },
    ])
  })
})
