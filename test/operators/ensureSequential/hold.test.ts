import { ensureSequential, type LogEvent, MissedEventError, type OneOrMany } from 'rx-projection/operators'
import { batchesOf, eventsOf, marbles } from 'rx-projection/testing'
import { Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'

const events = eventsOf('abcdefgh')
const { a, b, c, d, e } = events
const batches = batchesOf(events, { p: 'ab', q: 'cd', r: 'abd', s: 'c', t: 'ace', u: 'bd', v: 'bcde', x: 'a' })
const values: Readonly<Record<string, OneOrMany<LogEvent>>> = { ...events, ...batches }
const hold = { for: 5, atMost: 3 }

interface Diagrams {
  readonly source: string
  readonly subs: string
  readonly expected: string
  /** The error at `#`: what was received, the last one, and the first and the last one missing. */
  readonly gap?: readonly [received: number, last: number, from: number, to: number]
}

const facts: Readonly<Record<string, Diagrams>> = {
  'waits for the missing event, then passes all in order': {
    source: '  -a-c-d-b-----e|',
    subs: '    ^-------------!',
    expected: '-a-----(bcd)-e|',
  },
  'errors when the time of the gap is over': {
    source: '  -a--c--d--b---|',
    subs: '    ^--------!     ',
    expected: '-a-------#     ',
    gap: [3, 1, 2, 2],
  },
  'starts the clock when the gap is first seen: what comes later does not prolong it': {
    source: '  -d-c-e-a---|',
    subs: '    ^-----!     ',
    expected: '------#     ',
    gap: [3, 0, 1, 2],
  },
  'gives a new gap the full time': {
    source: '  -a-c-b---e---d---|',
    subs: '    ^----------------!',
    expected: '-a---(bc)----(de)|',
  },
  'gives a second gap the full time from its own first sight, not from when it gets in front': {
    source: '  -a-c--eb-------|',
    subs: '    ^----------!    ',
    expected: '-a-----(bc)#    ',
    gap: [5, 3, 4, 4],
  },
  'keeps the time of a gap that is filled only in part': {
    source: '  -a-e-b------|',
    subs: '    ^-------!    ',
    expected: '-a---b--#    ',
    gap: [5, 2, 3, 4],
  },
  'errors when more would have to wait than may': {
    source: '  -cdef----|',
    subs: '    ^---!     ',
    expected: '----#     ',
    gap: [3, 0, 1, 2],
  },
  'errors when the source completes while one waits': {
    source: '  -a-c|',
    subs: '    ^---!',
    expected: '-a--#',
    gap: [3, 1, 2, 2],
  },
  'keeps the early ones of a batch': {
    source: '  -r-c----|',
    subs: '    ^-------!',
    expected: '-p-(cd)-|',
  },
  'passes as one batch what a batch brings in and what waited for it': {
    source: '  -r-s--|',
    subs: '    ^-----!',
    expected: '-p-q--|',
  },
  'passes nothing of a batch that comes all too early': {
    source: '  -a-q------|',
    subs: '    ^-------!  ',
    expected: '-a------#  ',
    gap: [3, 1, 2, 2],
  },
  'fills several gaps with one batch': {
    source: '  -t-u--|',
    subs: '    ^-----!',
    expected: '-x-v--|',
  },
}

describe('ensureSequential with hold', () => {
  for (const [fact, { source, subs, expected, gap }] of Object.entries(facts)) {
    it(
      fact,
      marbles((m) => {
        const source$ = m.cold(source, values)
        const [received = 0, last = 0, from = 0, to = 0] = gap ?? []
        const error = gap && new MissedEventError({ received, last, missing: [from, to] })
        m.expect(source$.pipe(ensureSequential({ hold }))).toBeObservable(expected, values, error)
        m.expect(source$).toHaveSubscriptions(subs)
      }),
    )
  }

  it(
    'drops the waiting events when the source errors',
    marbles((m) => {
      const source = m.cold('-a-c#', values)
      const subs = '         ^---!'
      const expected = '     -a--#'
      m.expect(source.pipe(ensureSequential({ hold }))).toBeObservable(expected, values)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'waits on its own clock if one is given',
    marbles((m) => {
      const clock = new VirtualTimeScheduler()
      const source = m.cold('-b-------|', values)
      const expected = '     ---------#'
      const gap = new MissedEventError({ received: 2, last: 0, missing: [1, 1] })
      m.expect(source.pipe(ensureSequential({ hold }, clock))).toBeObservable(expected, values, gap)
    }),
  )

  /** Events by hand, and what comes of them. */
  function held(options = hold) {
    const clock = new VirtualTimeScheduler()
    const source$ = new Subject<OneOrMany<LogEvent>>()
    const reports: string[] = []
    const recorded = record(
      source$.pipe(
        ensureSequential(
          {
            hold: options,
            onDuplicate: ({ id }, last) => reports.push(`duplicate ${id} at ${last}`),
            onUnhandled: ({ id }) => reports.push(`unhandled ${id}`),
          },
          clock,
        ),
      ),
    )
    return { clock, source$, reports, recorded }
  }

  it('reports a kept event that arrives again as a duplicate', () => {
    const { source$, reports, recorded } = held()
    for (const event of [a, c, d, c, [d, c], b]) source$.next(event)
    expect(reports).toEqual(['duplicate 3 at 1', 'duplicate 4 at 1', 'duplicate 3 at 1'])
    expect(recorded.values).toStrictEqual([a, b, c, d])
  })

  it('reports a kept event as a duplicate if the position has passed it meanwhile', () => {
    const { source$, reports, recorded } = held()
    const jump = { ...e, previous: 1 }
    for (const event of [a, c, jump]) source$.next(event)
    expect(reports).toEqual(['duplicate 3 at 5'])
    expect(recorded.values).toStrictEqual([a, jump])
  })

  it('keeps an event for its previous, not for its id', () => {
    const { source$, recorded } = held()
    const far = { ...e, previous: 2 }
    for (const event of [a, far, b]) source$.next(event)
    expect(recorded.values).toStrictEqual([a, b, far])
  })

  it('also keeps a message that is not an event, and reports it in its turn', () => {
    const { source$, reports, recorded } = held()
    const message = { ...c, type: undefined } as never
    for (const event of [a, message, d]) source$.next(event)
    expect(reports).toEqual([])
    source$.next(b)
    expect(reports).toEqual(['unhandled 3'])
    expect(recorded.values).toStrictEqual([a, b, d])
  })

  it('does not keep a message without a position', () => {
    const { source$, recorded } = held()
    for (const event of [c, { ...d, id: 4.5 }]) source$.next(event)
    expect(recorded).toMatchObject({ values: [], error: { name: 'InvalidPositionError' } })
  })

  it('passes the missing event if the delivery of another event adds it', () => {
    const { source$, recorded } = held()
    source$.next(c)
    source$.subscribe((event) => event === a && source$.next(b))
    source$.next(a)
    expect(recorded.values).toStrictEqual([a, b, c])
  })

  it('has one timer, and none when nothing waits, after an unsubscription, and after a failure', () => {
    const { clock, source$, recorded } = held()
    for (const event of [c, d, e]) source$.next(event)
    expect(clock.actions).toHaveLength(1)
    source$.next([a, b])
    expect(clock.actions).toHaveLength(0)
    source$.next(events.g)
    expect(clock.actions).toHaveLength(1)
    recorded.subscription.unsubscribe()
    expect(clock.actions).toHaveLength(0)

    const failing = held({ for: 5, atMost: 1 })
    failing.source$.next(c)
    failing.source$.next(d)
    expect(failing.recorded.error).toBeInstanceOf(MissedEventError)
    expect(failing.clock.actions).toHaveLength(0)
  })

  it('also begins a wait of 0 ms', () => {
    const { clock, source$, recorded } = held({ for: 0, atMost: 1 })
    source$.next(b)
    expect(recorded.failed).toBe(false)
    clock.flush()
    expect(recorded.error).toMatchObject({ received: 2, last: 0 })
  })
})
