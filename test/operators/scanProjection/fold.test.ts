import {
  defineProjection,
  type EventType,
  HandlerError,
  initialSnapshot,
  type LogEvent,
  type OneOrMany,
  type ProjectedSnapshot,
  StaleEventError,
  scanProjection,
  UnknownEventError,
} from 'rx-projection/operators'
import { batchesOf, eventsOf, marbles } from 'rx-projection/testing'
import { from, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'
import { word } from '../../support/word.ts'

const events = eventsOf('abcdef', { e: { type: 'known' }, f: { type: 'unknown' } })
const { a, b, c, d, e, f } = events
const at = (offset: number, state: string, folded = 1): ProjectedSnapshot<string> => ({ offset, state, events: folded })

/** Spells a to d, passes `known` over, and knows nothing else. */
const spell = (state: string, { payload }: EventType): string => `${state}${payload}`
const strict = defineProjection<string, EventType>({
  name: 'strict',
  initialState: () => '',
  ignore: ['known'],
  on: { a: spell, b: spell, c: spell, d: spell },
})

describe('scanProjection', () => {
  it(
    'emits the state after each event and each batch, with its offset and the number of folded events',
    marbles((m) => {
      const values = { ...events, ...batchesOf(events, { x: 'bc', y: 'd' }) }
      const source = m.cold('--a--x--y--|', values)
      const subs = '         ^----------!'
      const expected = '     --a--x--y--|'
      m.expect(source.pipe(scanProjection(word))).toBeObservable(expected, {
        a: at(1, 'a', 1),
        x: at(3, 'abc', 2),
        y: at(4, 'abcd', 1),
      })
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it('emits nothing for an empty batch', () => {
    expect(record(from([[], [a], []]).pipe(scanProjection(word))).values).toEqual([at(1, 'a')])
  })

  it('passes each handler the unchanged event, and the state that the previous one returned', () => {
    const seen: unknown[] = []
    const projection = defineProjection<unknown[], EventType>({
      name: 'seen',
      initialState: () => [],
      evolve: (state, event) => {
        seen.push(state, event)
        return [...state, event.id]
      },
    })
    record(from([a, [b, c]]).pipe(scanProjection(projection)))
    expect(seen).toStrictEqual([[], a, [1], b, [1, 2], c])
    expect(seen[1]).toBe(a)
  })

  describe('from', () => {
    it('a snapshot: the fold continues there', () => {
      const { values } = record(from([d, [e, f]]).pipe(scanProjection(word, { offset: 3, state: 'xyz' })))
      expect(values).toEqual([at(4, 'xyzd'), at(6, 'xyzdef', 2)])
    })

    it('a function: runs at each subscription', () => {
      let start = { offset: 0, state: '' }
      const out$ = from([d]).pipe(scanProjection(word, () => start))
      expect(record(out$).values).toEqual([at(4, 'd')])
      start = { offset: 3, state: 'abc' }
      expect(record(out$).values).toEqual([at(4, 'abcd')])
    })

    it('absent: a new initial state at each subscription', () => {
      let made = 0
      const counted = defineProjection<{ made: number }, EventType>({
        name: 'counted',
        initialState: () => ({ made: ++made }),
        evolve: (state) => state,
      })
      const out$ = from([a]).pipe(scanProjection(counted))
      expect(made).toBe(0)
      expect(record(out$).values).toMatchObject([{ state: { made: 1 } }])
      expect(record(out$).values).toMatchObject([{ state: { made: 2 } }])
    })

    it('an initial state that throws makes the output error', () => {
      const cause = new Error('no state')
      const broken = defineProjection<string, EventType>({
        name: 'broken',
        initialState: () => {
          throw cause
        },
        evolve: (state) => state,
      })
      expect(record(from([a]).pipe(scanProjection(broken))).error).toBe(cause)
    })

    it.each([undefined, null, {}, { offset: -1, state: '' }, { offset: '1', state: '' }])(
      'a function that returns %o makes the output error',
      (answer) => {
        const { error } = record(from([a]).pipe(scanProjection(word, () => answer as never)))
        expect(String(error)).toMatch(/^(Type|Range)Error: from/)
      },
    )

    it('initialSnapshot is the default start: offset 0 and a new state', () => {
      expect(initialSnapshot(word)).toEqual({ offset: 0, state: '' })
    })
  })

  describe('an event type without a handler', () => {
    it('is an UnknownEventError, after the snapshot of all earlier events', () => {
      const { values, error } = record(from([a, [b, c, f, d]]).pipe(scanProjection(strict)))
      expect(values).toEqual([at(1, 'a'), at(3, 'abc', 2)])
      expect(error).toBeInstanceOf(UnknownEventError)
      expect(error).toMatchObject({ event: f, projection: 'strict', retryable: false })
    })

    it('if not strict: is reported and skipped; the offset moves and nothing is counted', () => {
      const ignored: LogEvent[] = []
      const options = { strict: false, onIgnored: (event: LogEvent) => ignored.push(event) }
      const g = { ...a, id: 7 }
      const { values, error } = record(
        from([a, f, [g, { ...f, id: 8 }]]).pipe(scanProjection(strict, undefined, options)),
      )
      expect(values).toEqual([at(1, 'a'), at(6, 'a', 0), at(8, 'aa', 1)])
      expect(ignored).toEqual([f, { ...f, id: 8 }])
      expect(error).toBeUndefined()
    })

    it('named in `ignore`: is skipped silently, strict or not', () => {
      const ignored: LogEvent[] = []
      for (const isStrict of [true, false]) {
        const options = { strict: isStrict, onIgnored: (event: LogEvent) => ignored.push(event) }
        const { values } = record(from([a, e]).pipe(scanProjection(strict, undefined, options)))
        expect(values).toEqual([at(1, 'a'), at(5, 'a', 0)])
      }
      expect(ignored).toEqual([])
    })

    it("`ignore: 'others'` skips all types without a handler", () => {
      const lenient = defineProjection<string, EventType>({
        name: 'lenient',
        initialState: () => '',
        ignore: 'others',
        on: { a: spell },
      })
      const { values } = record(from([[a, b, f]]).pipe(scanProjection(lenient)))
      expect(values).toEqual([at(6, 'a', 1)])
    })

    it('that an object only inherits does not count as a handler', () => {
      const inherited = { ...a, type: 'constructor' }
      expect(record(from([inherited]).pipe(scanProjection(strict))).error).toBeInstanceOf(UnknownEventError)
    })
  })

  describe('a handler that throws', () => {
    const cause = new Error('b is too much')
    const fails = defineProjection<string, EventType>({
      name: 'fails',
      initialState: () => '',
      evolve: (state, { type, payload }) => {
        if (type === 'b') throw cause
        return `${state}${payload}`
      },
    })

    it(
      'is a HandlerError, after the snapshot of all earlier events',
      marbles((m) => {
        const values = { ...events, ...batchesOf(events, { x: 'ab' }) }
        const source = m.cold<OneOrMany<LogEvent>>('--x--c|', values)
        const subs = '         ^-!'
        const expected = '     --(x#)'
        const error = new HandlerError({ event: b, projection: 'fails', cause })
        m.expect(source.pipe(scanProjection(fails))).toBeObservable(expected, { x: at(1, 'a') }, error)
        m.expect(source).toHaveSubscriptions(subs)
      }),
    )

    it('is named with its event, its projection and its cause', () => {
      const { values, error } = record(from([a, b, c]).pipe(scanProjection(fails)))
      expect(values).toEqual([at(1, 'a')])
      expect(error).toBeInstanceOf(HandlerError)
      expect(error).toMatchObject({ event: b, projection: 'fails', cause, retryable: true })
    })
  })

  describe('an event at or below the offset', () => {
    it.each([
      ['alone', [a, b, a], at(2, 'ab')],
      ['the same again', [a, b, b], at(2, 'ab')],
      ['within a batch', [a, [b, b, c]], at(2, 'ab')],
      ['without an id that can be compared', [a, b, { ...c, id: Number.NaN }], at(2, 'ab')],
    ])('(%s) is a StaleEventError and never reaches a handler', (_, items, last) => {
      const { values, error } = record(from(items as OneOrMany<LogEvent>[]).pipe(scanProjection(word)))
      expect(values.at(-1)).toEqual(last)
      expect(error).toBeInstanceOf(StaleEventError)
      expect(error).toMatchObject({ offset: 2, retryable: false })
    })
  })

  it('handles an event that the delivery of a snapshot adds after that snapshot', () => {
    const source$ = new Subject<OneOrMany<LogEvent>>()
    const values: unknown[] = []
    source$.pipe(scanProjection(word)).subscribe((snapshot) => {
      values.push(snapshot)
      if (snapshot.offset === 2) source$.next([c, d])
    })
    source$.next([a, b])
    expect(values).toEqual([at(2, 'ab', 2), at(4, 'abcd', 2)])
  })

  it.each([
    ['projection', () => scanProjection({} as never), TypeError],
    ['projection', () => scanProjection(undefined as never), TypeError],
    ['from', () => scanProjection(word, null as never), TypeError],
    ['from.offset', () => scanProjection(word, { offset: -1, state: '' }), RangeError],
    ['options', () => scanProjection(word, undefined, null as never), TypeError],
    ['onIgnored', () => scanProjection(word, undefined, { onIgnored: 'log' as never }), TypeError],
  ])('names the wrong argument %s when it is called', (argument, call, error) => {
    expect(call).toThrow(error)
    expect(call).toThrow(new RegExp(`^${argument.replace('.', '\\.')} must be`))
  })
})
