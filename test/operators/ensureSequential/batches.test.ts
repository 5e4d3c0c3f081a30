import { ensureSequential, type LogEvent, MissedEventError, type OneOrMany } from 'rx-projection/operators'
import { batchesOf, eventsOf, marbles } from 'rx-projection/testing'
import { from, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { record } from '../../support/record.ts'

const events = eventsOf('abcdefgh')
const { a, b, c, d, e, f } = events
const missing = { ...b, payload: undefined }

/** What comes out of events and batches, and what is reported of them. */
function sequence(items: readonly OneOrMany<LogEvent>[], hold?: { for: number; atMost: number }) {
  const reports: string[] = []
  const options = {
    onDuplicate: ({ id }: LogEvent, last: number) => reports.push(`duplicate ${id} at ${last}`),
    onUnhandled: ({ id }: LogEvent) => reports.push(`unhandled ${id}`),
    ...(hold && { hold }),
  }
  const { values, error } = record(from(items).pipe(ensureSequential<OneOrMany<LogEvent>>(options)))
  return { values, reports, error }
}

describe('ensureSequential of batches', () => {
  it(
    'checks a batch as a whole: drops duplicates, passes the good part before a gap, then errors',
    marbles((m) => {
      const values = { ...events, ...batchesOf(events, { x: 'abc', y: 'bcde', z: 'fh' }) }
      const source = m.cold('--x--y--d--z--|', values)
      const subs = '         ^----------!'
      const expected = '     --x--y-----(z#)'
      const gap = new MissedEventError({ received: 8, last: 6, missing: [7, 7] })
      m.expect(source.pipe(ensureSequential<OneOrMany<LogEvent>>())).toBeObservable(
        expected,
        { x: [a, b, c], y: [d, e], z: [f] },
        gap,
      )
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it('passes the original array if it drops nothing', () => {
    const batch = [a, b, c]
    expect(sequence([batch]).values[0]).toBe(batch)
  })

  it('passes the original array also while another event is held', () => {
    const batch = [a, b]
    const { values } = sequence([[d], batch], { for: 10, atMost: 5 })
    expect(values[0]).toBe(batch)
  })

  it('never changes the original array', () => {
    const batch = Object.freeze([a, a, b, missing, c, e])
    const copy = [...batch]
    sequence([batch])
    expect(batch).toStrictEqual(copy)
  })

  it('drops duplicates anywhere in a batch, and reports each once, after the batch', () => {
    const reports: string[] = []
    const seen: unknown[] = []
    from([
      [a, b],
      [a, b, c, a, d, c, e],
    ])
      .pipe(ensureSequential({ onDuplicate: ({ id }, last) => reports.push(`${id} at ${last}, seen ${seen.length}`) }))
      .subscribe((batch) => seen.push(batch))
    expect(seen).toStrictEqual([
      [a, b],
      [c, d, e],
    ])
    expect(reports).toEqual(['1 at 2, seen 2', '2 at 2, seen 2', '1 at 3, seen 2', '3 at 4, seen 2'])
  })

  it('passes nothing if nothing remains, and nothing for an empty batch', () => {
    expect(sequence([[], [a], [a], [missing], [], [c]]).values).toStrictEqual([[a], [c]])
  })

  it('drops messages that are not events', () => {
    const last = { id: 4 } as LogEvent
    expect(sequence([[a, missing, c, last], [e]])).toEqual({
      values: [[a, c], [e]],
      reports: ['unhandled 2', 'unhandled 4'],
      error: undefined,
    })
  })

  it.each([
    ['a gap', [a, b, d], { name: 'MissedEventError', received: 4, last: 2 }],
    ['an impossible id', [a, b, { ...c, id: 2.5 }], { name: 'InvalidPositionError', value: 2.5 }],
    ['no message', [a, b, undefined as never], { name: 'InvalidPositionError', value: undefined }],
  ])('passes the good part before %s', (_, batch, error) => {
    const sequenced = sequence([batch, [e]])
    expect(sequenced.values).toStrictEqual([[a, b]])
    expect(sequenced.error).toMatchObject(error)
  })

  it('reports what it dropped before a gap, too', () => {
    expect(sequence([[a, a, missing, d]])).toMatchObject({
      values: [[a]],
      reports: ['duplicate 1 at 1', 'unhandled 2'],
      error: { received: 4, last: 2 },
    })
  })

  it('continues the position of single events', () => {
    expect(sequence([a, [b, c], d, [d, e], f])).toMatchObject({ values: [a, [b, c], d, [e], f], error: undefined })
  })

  it('processes a batch that a batch adds after that one', () => {
    const source$ = new Subject<readonly LogEvent[]>()
    const values: unknown[] = []
    source$.pipe(ensureSequential()).subscribe((batch) => {
      values.push(batch)
      if (values.length === 1) source$.next([b, c, d])
    })
    source$.next([a, b, a])
    source$.next([d, e])
    expect(values).toStrictEqual([[a, b], [c, d], [e]])
  })
})
