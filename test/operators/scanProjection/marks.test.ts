import {
  defineProjection,
  type EventType,
  followLog,
  hydrate,
  initialSnapshot,
  type LogEvent,
  lastSnapshot,
  markOf,
  type Snapshot,
  scanProjection,
} from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { from, Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { slowHandler } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'
import { TestLog } from '../../support/TestLog.ts'
import { word } from '../../support/word.ts'

const { a, b, c, d } = eventsOf('abcd', {
  a: { revision: 1, recordedAt: '2026-01-01T00:00:00.000Z' },
  c: { type: 'unknown' },
  d: { stream: 'others' },
})

/** Fails at an event, and answers later where `slowly` says so. */
function failingAt(event: LogEvent, slowly = false) {
  return defineProjection<string, EventType>({
    name: 'failing',
    initialState: () => '',
    evolve: ((state: string, { id, payload }: LogEvent) => {
      const next = id === event.id ? undefined : `${state}${payload}`
      if (slowly) return next === undefined ? Promise.reject(new Error('poison')) : Promise.resolve(next)
      if (next === undefined) throw new Error('poison')
      return next
    }) as never,
  })
}

describe('scanProjection with marks', () => {
  it('gives each snapshot the mark of the event at its offset', () => {
    const { values } = record(from([a, [b, c], d]).pipe(scanProjection(word, undefined, { marks: true })))
    expect(values).toStrictEqual([
      { offset: 1, state: 'a', events: 1, mark: markOf(a) },
      { offset: 3, state: 'abc', events: 2, mark: markOf(c) },
      { offset: 4, state: 'abcd', events: 1, mark: markOf(d) },
    ])
    expect(values[0]?.mark).toStrictEqual({
      position: 1,
      stream: 'letters',
      revision: 1,
      recordedAt: '2026-01-01T00:00:00.000Z',
    })
  })

  it('gives none without the option, even if it starts from one', () => {
    const start = { offset: 1, state: 'a', mark: markOf(a) }
    expect(record(from([b]).pipe(scanProjection(word, start))).values).toStrictEqual([
      { offset: 2, state: 'ab', events: 1 },
    ])
    expect(record(from([[a], b]).pipe(scanProjection(word, undefined, { marks: false }))).values).toStrictEqual([
      { offset: 1, state: 'a', events: 1 },
      { offset: 2, state: 'ab', events: 1 },
    ])
  })

  it.each([
    ['a handler that throws', false],
    ['a handler that rejects', true],
  ])('gives the snapshot before %s the mark of the event before it', async (_, slowly) => {
    const recorded = record(from([[a, b, c, d]]).pipe(scanProjection(failingAt(c, slowly), undefined, { marks: true })))
    for (let turns = 0; turns < 10; turns++) await undefined
    expect(recorded.values).toStrictEqual([{ offset: 2, state: 'ab', events: 2, mark: markOf(b) }])
    expect(recorded.error).toMatchObject({ name: 'HandlerError', event: c })
  })

  it('gives it after asynchronous handlers, for single events and for pages', async () => {
    const { handle, answer } = slowHandler()
    const slow = defineProjection<string, EventType>({
      name: 'slow',
      initialState: () => '',
      evolve: ((_: string, event: LogEvent) => handle(event)) as never,
    })
    const source = new Subject<LogEvent | LogEvent[]>()
    const { values } = record(source.pipe(scanProjection(slow, undefined, { marks: true })))
    source.next([a, b])
    source.next(d)
    await answer()
    await answer()
    await answer()
    expect(values.map(({ mark }) => mark)).toStrictEqual([markOf(b), markOf(d)])
  })

  it('gives the mark of a skipped event', () => {
    const known = defineProjection<string, EventType>({ name: 'nothing', initialState: () => '', on: {} })
    const { values } = record(from([[b, c]]).pipe(scanProjection(known, undefined, { strict: false, marks: true })))
    expect(values).toStrictEqual([{ offset: 3, state: '', events: 0, mark: markOf(c) }])
  })

  it('gives the mark of the last folded event if a signal stops it within a page', async () => {
    const { handle, answer } = slowHandler()
    const slow = defineProjection<string, EventType>({
      name: 'slow',
      initialState: () => '',
      evolve: ((_: string, event: LogEvent) => handle(event)) as never,
    })
    const stopping = new AbortController()
    const options = { marks: true, signal: stopping.signal }
    const { values, completed } = record(from([[a, b, d]]).pipe(scanProjection(slow, undefined, options)))
    stopping.abort()
    await answer()
    expect(values).toStrictEqual([{ offset: 1, state: '', events: 1, mark: markOf(a) }])
    expect(completed).toBe(false)
  })
})

describe('a pipeline with marks', () => {
  const project = (log: TestLog, stored: Snapshot<unknown> | undefined) =>
    hydrate(lastSnapshot({ snapshots: { load: () => stored } }, word), (snapshot) =>
      followLog(log, { after: snapshot.offset, mark: snapshot.mark }, new VirtualTimeScheduler()).pipe(
        scanProjection(word, snapshot, { marks: true }),
      ),
    )

  it('continues on the log of its snapshot, but not on another one', () => {
    const first = record(project(new TestLog(a, b), undefined))
    const [stored] = first.values
    expect(stored?.mark).toStrictEqual(markOf(b))
    const same = record(project(new TestLog(a, b, d), stored))
    expect(same.values).toStrictEqual([{ offset: 4, state: 'abd', events: 1, mark: markOf(d) }])
    const other = record(project(new TestLog(a, { ...b, stream: 'others' }, d), stored))
    expect(other).toMatchObject({ values: [], error: { name: 'LogMismatchError' } })
    for (const { subscription } of [first, same]) subscription.unsubscribe()
  })

  it('begins without a question if nothing is stored', () => {
    const log = new TestLog(a)
    record(project(log, undefined)).subscription.unsubscribe()
    expect(log.reads.map(({ after, limit }) => [after, limit])).toEqual([[0, 512]])
  })

  it('passes a stored mark through lastSnapshot unchanged', async () => {
    const stored = { offset: 2, state: 'ab', mark: markOf(b) }
    expect(lastSnapshot({ snapshots: { load: () => stored } }, word)()).toStrictEqual(stored)
    const later = lastSnapshot({ snapshots: { load: () => Promise.resolve(stored) } }, word)()
    expect(await later).toStrictEqual(stored)
    expect(lastSnapshot({ snapshots: { load: () => undefined } }, word)()).toStrictEqual(initialSnapshot(word))
  })
})
