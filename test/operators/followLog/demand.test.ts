import {
  type AsyncProjection,
  defineProjection,
  type EventType,
  ensureSequential,
  followLog,
  type LogEvent,
  type OneOrMany,
  processEvents,
  processPages,
  scanProjection,
  snapshotEvery,
} from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { filter, map, merge, type OperatorFunction, Subject, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { promises, slowHandler } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'
import { still, TestLog } from '../../support/TestLog.ts'

const events = eventsOf('abcdefgh')
const all = Object.values(events)
const nothing = (): void => undefined

/** What a pipeline does with the events of a log, in pages of two. */
function follow(stage: OperatorFunction<OneOrMany<LogEvent>, unknown>, log: TestLog = new TestLog(...all)) {
  const progress: number[] = []
  const options = { pageSize: 2, onProgress: ({ through }: { readonly through: number }) => progress.push(through) }
  const recorded = record(followLog(log, options, still()).pipe(stage))
  return { log, progress, recorded, reads: () => log.reads.map(({ after }) => after) }
}

function slowly(handle: (event: unknown) => Promise<string>): AsyncProjection<string> {
  return defineProjection<string, EventType>({
    name: 'slow',
    initialState: () => '',
    evolve: (_, event) => handle(event),
  })
}

describe('followLog reads the next page when the last one has been processed', () => {
  it('by every handler of scanProjection that it has started', async () => {
    const { handle, handled, answer } = slowHandler()
    const { reads, progress, recorded } = follow(scanProjection(slowly(handle)))
    expect([reads(), handled(), progress]).toEqual([[0], 1, []])
    await answer()
    expect([reads(), handled(), progress]).toEqual([[0], 2, []])
    await answer()
    expect([reads(), handled(), progress]).toEqual([[0, 2], 3, [2]])
    await answer()
    await answer()
    expect([reads(), handled(), progress]).toEqual([[0, 2, 4], 5, [2, 4]])
    recorded.subscription.unsubscribe()
  })

  it('by processEvents, its save included', async () => {
    const { handle, answer } = slowHandler()
    const save = slowHandler()
    const { reads, progress, recorded } = follow(processEvents(handle, { savePosition: save.handle }))
    await answer()
    await save.answer()
    await answer()
    expect([reads(), progress]).toEqual([[0], []])
    await save.answer()
    expect([reads(), progress]).toEqual([[0, 2], [2]])
    recorded.subscription.unsubscribe()
  })

  it('by processPages', async () => {
    const { handle, answer } = slowHandler()
    const { reads, recorded } = follow(processPages(handle, { savePosition: nothing }))
    expect(reads()).toEqual([0])
    await answer()
    expect(reads()).toEqual([0, 2])
    recorded.subscription.unsubscribe()
  })

  it('through every operator that delivers synchronously', async () => {
    const { handle, answer } = slowHandler()
    const stage: OperatorFunction<OneOrMany<LogEvent>, unknown> = (source$) =>
      source$.pipe(
        tap(nothing),
        ensureSequential(),
        map((page) => page),
        filter(() => true),
        scanProjection(slowly(handle)),
        snapshotEvery(1, nothing),
      )
    const { reads, recorded } = follow(stage)
    expect(reads()).toEqual([0])
    await answer()
    expect(reads()).toEqual([0])
    await answer()
    expect(reads()).toEqual([0, 2])
    recorded.subscription.unsubscribe()
  })

  it('also by a second stage behind an asynchronous one', async () => {
    const first = slowHandler()
    const second = slowHandler()
    const stage: OperatorFunction<OneOrMany<LogEvent>, unknown> = (source$) =>
      source$.pipe(
        scanProjection(slowly(first.handle)),
        map(({ offset }) => ({ ...events.a, id: offset })),
        processEvents(second.handle, { savePosition: nothing }),
      )
    const { reads, recorded } = follow(stage)
    await first.answer()
    await first.answer()
    expect([reads(), second.handled()]).toEqual([[0], 1])
    await second.answer()
    expect(reads()).toEqual([0, 2])
    recorded.subscription.unsubscribe()
  })

  it('by all subscribers that share it', async () => {
    const fast = slowHandler()
    const slow = slowHandler()
    const stage: OperatorFunction<OneOrMany<LogEvent>, unknown> = (source$) => {
      const shared$ = new Subject<OneOrMany<LogEvent>>()
      record(shared$.pipe(processPages(fast.handle, { savePosition: nothing })))
      record(shared$.pipe(processPages(slow.handle, { savePosition: nothing })))
      return source$.pipe(tap(shared$))
    }
    const { reads, recorded } = follow(stage)
    await fast.answer()
    expect(reads()).toEqual([0])
    await slow.answer()
    expect(reads()).toEqual([0, 2])
    recorded.subscription.unsubscribe()
  })

  it('also if events are delivered one by one: the last of the page counts', async () => {
    const { handle, answer } = slowHandler()
    const stage: OperatorFunction<OneOrMany<LogEvent>, unknown> = (source$) => {
      const single$ = new Subject<LogEvent>()
      record(single$.pipe(processEvents(handle, { savePosition: nothing })))
      return source$.pipe(tap((page) => [page].flat().forEach((event) => void single$.next(event))))
    }
    const { reads, recorded } = follow(stage)
    await answer()
    expect(reads()).toEqual([0])
    await answer()
    expect(reads()).toEqual([0, 2])
    recorded.subscription.unsubscribe()
  })

  it('if the store answers with promises: never more than one page beyond the current one', async () => {
    const { handle, answer, handled } = slowHandler()
    const log = new TestLog(...all)
    const read = log.read.bind(log)
    log.read = async (options) => read(options)
    const { reads, recorded } = follow(scanProjection(slowly(handle)), log)
    await promises()
    for (let event = 1; event <= 6; event++) {
      expect(reads().length).toBe(Math.ceil(handled() / 2))
      await answer()
      await promises()
    }
    expect(reads()).toEqual([0, 2, 4, 6])
    recorded.subscription.unsubscribe()
  })

  it('also when new events arrive while handlers work: the hint is remembered', async () => {
    const { handle, answer } = slowHandler()
    const log = new TestLog(events.a)
    const { reads, recorded } = follow(processPages(handle, { savePosition: nothing }), log)
    log.append(events.b)
    expect(reads()).toEqual([0])
    await answer()
    expect(reads()).toEqual([0, 1])
    await answer()
    expect(recorded.values).toEqual([1, 2])
    recorded.subscription.unsubscribe()
  })

  it('by handlers that wait, and by those that do not', async () => {
    const { handle, answer } = slowHandler()
    const stage = processPages((page) => (page[0]?.id === 1 ? handle(page) : undefined), { savePosition: nothing })
    const { reads, recorded } = follow(stage)
    expect(reads()).toEqual([0])
    await answer()
    expect(reads()).toEqual([0, 2, 4, 6])
    expect(recorded.values).toEqual([2, 4, 6, 8])
    recorded.subscription.unsubscribe()
  })

  it('also if its page has to wait behind events from elsewhere', async () => {
    const { handle, answer } = slowHandler()
    const other$ = new Subject<OneOrMany<LogEvent>>()
    const stage: OperatorFunction<OneOrMany<LogEvent>, unknown> = (source$) =>
      merge(other$, source$).pipe(processPages(handle, { savePosition: nothing }))
    const log = new TestLog()
    const { reads, recorded } = follow(stage, log)
    other$.next(events.a)
    log.append(events.b, events.c)
    log.append(events.d)
    expect(reads()).toEqual([0, 0])
    await answer()
    expect(reads()).toEqual([0, 0])
    await answer()
    expect(reads()).toEqual([0, 0, 3])
    recorded.subscription.unsubscribe()
  })

  it('by a handler whose promise calls back synchronously: it delays nothing', () => {
    // biome-ignore lint/suspicious/noThenProperty: a foreign promise
    const now = { then: (onValue: () => void) => onValue() } as unknown as Promise<void>
    const { reads, recorded } = follow(processEvents(() => now, { savePosition: () => now }))
    expect(reads()).toEqual([0, 2, 4, 6])
    expect(recorded.values).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    recorded.subscription.unsubscribe()
  })
})

describe('followLog reads no further', () => {
  it('if a handler fails', async () => {
    const { handle } = slowHandler()
    const { reads, progress, recorded } = follow(scanProjection(slowly(handle)))
    await handle.calls[0]!.reject(new Error('poison'))
    expect([reads(), progress]).toEqual([[0], []])
    expect(recorded.error).toMatchObject({ name: 'HandlerError' })
  })

  it('if it is unsubscribed while handlers work', async () => {
    const { handle, answer } = slowHandler()
    const { reads, progress, recorded } = follow(scanProjection(slowly(handle)))
    recorded.subscription.unsubscribe()
    await answer()
    expect([reads(), progress]).toEqual([[0], []])
  })

  it('if a signal stops the handlers: it reads no page to drop it, and reports no progress of an unprocessed one', async () => {
    for (const make of [
      (handle: (event: unknown) => Promise<string>, signal: AbortSignal) =>
        scanProjection(slowly(handle), undefined, { signal }),
      (handle: (event: unknown) => Promise<string>, signal: AbortSignal) =>
        processEvents(handle, { savePosition: nothing, signal }),
    ]) {
      const stop = new AbortController()
      const { handle, answer } = slowHandler()
      const { reads, progress, recorded } = follow(make(handle, stop.signal))
      stop.abort()
      await answer()
      expect([reads(), progress, recorded.completed]).toEqual([[0], [], true])
    }
  })
})
