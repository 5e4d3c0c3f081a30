import { ensureSequential, InvalidPositionError, type LogEvent, MissedEventError } from 'rx-projection/operators'
import { eventsOf, marbles } from 'rx-projection/testing'
import { from, Observable, retry } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'

const events = eventsOf('abcdefgh')
const { a, b, c, d } = events

/** What comes out of messages, and what is reported of them. */
function sequence(messages: readonly unknown[], after = 0) {
  const duplicates: unknown[] = []
  const unhandled: unknown[] = []
  const recorded = record(
    from(messages as LogEvent[]).pipe(
      ensureSequential({
        after,
        onDuplicate: ({ id }, last) => duplicates.push([id, last]),
        onUnhandled: (message) => unhandled.push(message),
      }),
    ),
  )
  return { ids: recorded.values.map(({ id }) => id), duplicates, unhandled, error: recorded.error }
}

describe('ensureSequential', () => {
  it(
    'passes the next event, drops duplicates, and errors at a gap',
    marbles((m) => {
      const source = m.cold('--a--b--b--a--c--e--f|', events)
      const subs = '         ^----------------!'
      const expected = '     --a--b--------c--#'
      const gap = new MissedEventError({ received: 5, last: 3, missing: [4, 4] })
      m.expect(source.pipe(ensureSequential())).toBeObservable(expected, events, gap)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it('names the received event, the last one, and the missing ones', () => {
    const { error } = sequence([a, events.h])
    expect(error).toBeInstanceOf(MissedEventError)
    expect(error).toMatchObject({ received: 8, last: 1, missing: [2, 7], retryable: true })
  })

  it('reports each duplicate once, with the last position', () => {
    expect(sequence([a, b, a, b, b, c])).toMatchObject({
      ids: [1, 2, 3],
      duplicates: [
        [1, 2],
        [2, 2],
        [2, 2],
      ],
    })
  })

  it('reports no messages that a source emits after its end', () => {
    const reported: LogEvent[] = []
    const rogue$ = new Observable<LogEvent>((subscriber) => {
      subscriber.next(a)
      subscriber.complete()
      subscriber.next(a)
    })
    record(rogue$.pipe(ensureSequential({ onDuplicate: (event) => reported.push(event) })))
    expect(reported).toEqual([])
  })

  describe('after', () => {
    it('is the position that the first event follows', () => {
      expect(sequence([c, d], 2)).toMatchObject({ ids: [3, 4], duplicates: [] })
    })

    it('makes an event at or below it a duplicate, and one that is not next a gap', () => {
      expect(sequence([a, b, d], 2)).toMatchObject({
        ids: [],
        duplicates: [
          [1, 2],
          [2, 2],
        ],
        error: { received: 4, last: 2, missing: [3, 3] },
      })
    })

    it(
      'runs at each subscription: a retry continues from the current position',
      marbles((m) => {
        let last = 0
        const source = m.cold('a-b-d', events)
        const subs = ['        ^---!', '----^---!']
        const expected = '     a-b-----#'
        const gap = new MissedEventError({ received: 4, last: 2, missing: [3, 3] })
        const out = source.pipe(ensureSequential({ after: () => last }), retry(1))
        m.cold('--a').subscribe(() => {
          last = 2
        })
        m.expect(out).toBeObservable(expected, events, gap)
        m.expect(source).toHaveSubscriptions(subs)
      }),
    )

    it.each([-1, 0.5, Number.NaN, '1', undefined])('that returns %s makes the output error', (answer) => {
      const { error } = record(from([a]).pipe(ensureSequential({ after: () => answer as number })))
      expect(error).toBeInstanceOf(RangeError)
      expect(String(error)).toContain('after')
    })
  })

  describe('previous', () => {
    const at = (id: number, previous: number): LogEvent => ({ ...a, id, previous })

    it('at the last position: the hole in between is not a gap', () => {
      expect(sequence([a, at(5, 1), at(9, 5)])).toMatchObject({ ids: [1, 5, 9], error: undefined })
    })

    it('below the last position: also next', () => {
      expect(sequence([at(5, 0)], 3)).toMatchObject({ ids: [5], error: undefined })
    })

    it('above the last position: a gap up to it', () => {
      expect(sequence([a, at(9, 5)])).toMatchObject({ ids: [1], error: { received: 9, last: 1, missing: [2, 5] } })
    })

    it('absent after an event that had one: the position before', () => {
      expect(sequence([at(5, 0), events.f, events.h])).toMatchObject({
        ids: [5, 6],
        error: { received: 8, last: 6, missing: [7, 7] },
      })
    })

    it('of a duplicate is ignored', () => {
      expect(sequence([a, b, c, at(2, 0)])).toMatchObject({ ids: [1, 2, 3], duplicates: [[2, 3]] })
    })
  })

  describe('a message without a stream, a type or a payload', () => {
    it.each(['stream', 'type', 'payload'])('(%s) is reported instead of passed, and moves the position', (field) => {
      const message = { ...b, [field]: undefined }
      expect(sequence([a, message, c])).toEqual({
        ids: [1, 3],
        duplicates: [],
        unhandled: [message],
        error: undefined,
      })
    })

    it('is a duplicate if its position was passed', () => {
      expect(sequence([a, b, { id: 1 }, c])).toMatchObject({ ids: [1, 2, 3], duplicates: [[1, 2]], unhandled: [] })
    })

    it('is a gap if it is not next', () => {
      expect(sequence([a, { id: 3 }])).toMatchObject({ ids: [1], unhandled: [], error: { received: 3, last: 1 } })
    })

    it('is an event if a field is null, empty, 0 or false', () => {
      const hollow = { ...b, payload: null }
      expect(sequence([a, hollow, { ...c, payload: 0 }, { ...d, payload: '' }])).toMatchObject({
        ids: [1, 2, 3, 4],
        unhandled: [],
      })
    })
  })

  describe('an invalid id or previous', () => {
    it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '2', null, undefined, {}])(
      'id %s is an InvalidPositionError',
      (id) => {
        const message = { ...b, id }
        const { ids, error } = sequence([a, message, c])
        expect(ids).toEqual([1])
        expect(error).toBeInstanceOf(InvalidPositionError)
        expect(error).toMatchObject({ field: 'id', value: id, event: message, retryable: false })
      },
    )

    it.each([-1, 0.5, 2, 3, Number.NaN, Number.NEGATIVE_INFINITY, '1', null])(
      'previous %s of event 2 is an InvalidPositionError',
      (previous) => {
        const message = { ...b, previous }
        const { ids, error } = sequence([a, message, c])
        expect(ids).toEqual([1])
        expect(error).toBeInstanceOf(InvalidPositionError)
        expect(error).toMatchObject({ field: 'previous', value: previous, event: message })
      },
    )

    it.each([undefined, null, 7, 'message'])('the message %s is an InvalidPositionError', (message) => {
      expect(sequence([a, message, b])).toMatchObject({
        ids: [1],
        error: { name: 'InvalidPositionError', field: 'id', value: undefined, event: message },
      })
    })

    it('is also found in a duplicate', () => {
      expect(sequence([a, b, { ...a, previous: 7 }])).toMatchObject({ error: { name: 'InvalidPositionError' } })
    })

    it('the largest possible position passes, and nothing follows it', () => {
      const last = { ...a, id: Number.MAX_SAFE_INTEGER }
      expect(sequence([last, { ...a, id: Number.MAX_SAFE_INTEGER + 1 }], last.id - 1)).toMatchObject({
        ids: [last.id],
        error: { name: 'InvalidPositionError' },
      })
    })
  })
})
