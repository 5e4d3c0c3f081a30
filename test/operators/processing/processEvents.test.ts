import {
  HandlerError,
  type LogEvent,
  type OneOrMany,
  type ProcessOptions,
  processEvents,
  StaleEventError,
} from 'rx-projection/operators'
import { batchesOf, eventsOf, marbles } from 'rx-projection/testing'
import { EMPTY, from, Subject, Subscription, take, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Controlled, controlled } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'

const events = eventsOf('abcd')
const { a, b, c, d } = events
const positions = { a: 1, b: 2, c: 3, d: 4 }
const nothing = (): void => undefined

/** A processor whose handler and whose saves are answered by the test. */
function slow(options: Partial<ProcessOptions> = {}) {
  const process: Controlled<[event: LogEvent], void> = controlled()
  const save: Controlled<[position: number], void> = controlled()
  const source$ = new Subject<OneOrMany<LogEvent>>()
  const out$ = source$.pipe(processEvents(process, { savePosition: save, ...options }))
  const handled = () => process.calls.map(({ args: [{ id }] }) => id)
  const saved = () => save.calls.map(({ args: [position] }) => position)
  return { source$, out$, process, save, handled, saved }
}

describe('processEvents', () => {
  it(
    'handles one event at a time, and emits its position once that is saved',
    marbles((m) => {
      const handled = new Subject<LogEvent>()
      const values = { ...events, ...batchesOf(events, { x: 'cd' }) }
      const source = m.cold<OneOrMany<LogEvent>>('-a--bx-------|', values)
      const subs = '         ^------------!'
      const handling = '     -a--b-c-d-----'
      const expected = '     ---a--b-c-d--|'
      const out$ = source.pipe(processEvents((event) => handled.next(event), { savePosition: () => m.cold('--|') }))
      m.expect(handled).toBeObservable(handling, events)
      m.expect(out$).toBeObservable(expected, positions)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'completes after the last save',
    marbles((m) => {
      const source = m.cold('-ab|', events)
      const subs = '         ^--!'
      const expected = '     ---a-(b|)'
      const out$ = source.pipe(processEvents(nothing, { savePosition: () => m.cold('--|') }))
      m.expect(out$).toBeObservable(expected, positions)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'passes on an error of the source immediately',
    marbles((m) => {
      const source = m.cold('-ab#', events)
      const out$ = source.pipe(processEvents(nothing, { savePosition: () => m.cold('-----|') }))
      m.expect(out$).toBeObservable('---#', positions)
    }),
  )

  it('awaits the handler, then the save, then takes the next', async () => {
    const { source$, out$, process, save, handled, saved } = slow()
    const { values } = record(out$)
    source$.next([a, b])
    source$.next(c)
    expect([handled(), saved(), values]).toEqual([[1], [], []])
    await process.calls[0]?.resolve()
    expect([handled(), saved(), values]).toEqual([[1], [1], []])
    await save.calls[0]?.resolve()
    expect([handled(), saved(), values]).toEqual([[1, 2], [1], [1]])
    await process.calls[1]?.resolve()
    await save.calls[1]?.resolve()
    expect([handled(), saved(), values]).toEqual([
      [1, 2, 3],
      [1, 2],
      [1, 2],
    ])
  })

  it('accepts a value, a promise or an observable from a save, and a value or a promise from a handler', async () => {
    const saves = [() => undefined, async () => undefined, () => EMPTY, () => from([1, 2])]
    const { values, completed } = record(
      from([a, b, c, d]).pipe(
        processEvents(({ id }) => (id % 2 === 0 ? Promise.resolve() : undefined), {
          savePosition: (position) => saves[position - 1]?.(),
        }),
      ),
    )
    expect(values).toEqual([1])
    for (let turn = 0; turn < 9; turn++) await Promise.resolve()
    expect(values).toEqual([1, 2, 3, 4])
    expect(completed).toBe(false)
  })

  describe('a failure', () => {
    const cause = new Error('no mail server')

    it('of a handler that throws is a HandlerError, and saves no position', () => {
      const saved: number[] = []
      const fail = ({ id }: LogEvent) => {
        if (id === 2) throw cause
      }
      const options = { savePosition: (position: number) => saved.push(position), name: 'mailer' }
      const { values, error } = record(from([[a, b, c]]).pipe(processEvents(fail, options)))
      expect(error).toBeInstanceOf(HandlerError)
      expect(error).toMatchObject({ event: b, projection: 'mailer', cause })
      expect([values, saved]).toEqual([[1], [1]])
    })

    it('of a handler that rejects is a HandlerError, and saves no position', async () => {
      const { source$, out$, process, handled, saved } = slow()
      const recorded = record(out$)
      source$.next([a, b])
      await process.calls[0]?.reject(cause)
      expect(recorded.error).toMatchObject({ name: 'HandlerError', event: a, projection: undefined, cause })
      expect([handled(), saved(), source$.observed]).toEqual([[1], [], false])
    })

    it('that is already a HandlerError is passed on unchanged', () => {
      const own = new HandlerError({ event: b, projection: 'mailer', cause })
      const fail = () => {
        throw own
      }
      expect(record(from([a]).pipe(processEvents(fail, { savePosition: nothing }))).error).toBe(own)
    })

    it('is converted by `failure`, if given', () => {
      const options: ProcessOptions = { savePosition: nothing, failure: (...told) => told }
      const fail = () => {
        throw cause
      }
      expect(record(from([a]).pipe(processEvents(fail, options))).error).toEqual([a, cause])
    })

    it.each<[how: string, savePosition: ProcessOptions['savePosition']]>([
      ['throws', () => fail()],
      ['rejects', async () => fail()],
      ['errors', () => throwError(() => cause)],
      // biome-ignore lint/suspicious/noThenProperty: a broken promise
      ['cannot be asked when it is done', () => ({ then: () => fail() })],
    ])('of a save that %s is its error, and nothing more is handled', async (_, savePosition) => {
      const handled: number[] = []
      const recorded = record(
        from([[a, b]]).pipe(processEvents(({ id }: LogEvent) => void handled.push(id), { savePosition })),
      )
      await Promise.resolve()
      expect(recorded).toMatchObject({ values: [], error: cause })
      expect(handled).toEqual([1])
    })

    function fail(): never {
      throw cause
    }
  })

  describe('after', () => {
    it('is the last processed position: an event at or below it is a StaleEventError, and is not handled', () => {
      const handled: number[] = []
      const handle = ({ id }: LogEvent) => void handled.push(id)
      const { values, error } = record(from([c, d, d]).pipe(processEvents(handle, { savePosition: nothing, after: 2 })))
      expect(error).toBeInstanceOf(StaleEventError)
      expect(error).toMatchObject({ event: d, offset: 4 })
      expect([values, handled]).toEqual([
        [3, 4],
        [3, 4],
      ])
      const stale = record(from([b]).pipe(processEvents(handle, { savePosition: nothing, after: 2 })))
      expect(stale.error).toMatchObject({ event: b, offset: 2 })
    })

    it('runs at each subscription', () => {
      let stored = 0
      const out$ = from([c]).pipe(processEvents(nothing, { savePosition: nothing, after: () => stored }))
      expect(record(out$).values).toEqual([3])
      stored = 3
      expect(record(out$).error).toBeInstanceOf(StaleEventError)
    })

    it('that does not return a position is an error', () => {
      const options = { savePosition: nothing, after: () => -1 }
      expect(String(record(from([a]).pipe(processEvents(nothing, options))).error)).toMatch(/^RangeError: after/)
    })
  })

  describe('unsubscribed', () => {
    it('while a handler runs, saves no position when it ends', async () => {
      const { source$, out$, process, saved } = slow()
      const recorded = record(out$)
      source$.next([a, b])
      source$.next(c)
      recorded.subscription.unsubscribe()
      await process.calls[0]?.resolve()
      expect([recorded.values, saved(), process.calls.length]).toEqual([[], [], 1])
    })

    it('by the handler itself, saves no position', () => {
      const saved: number[] = []
      const source$ = new Subject<LogEvent>()
      const values: number[] = []
      const leaving = new Subscription()
      const options = { savePosition: (position: number) => saved.push(position) }
      leaving.add(source$.pipe(processEvents(() => leaving.unsubscribe(), options)).subscribe((at) => values.push(at)))
      source$.next(a)
      expect([values, saved]).toEqual([[], []])
    })

    it('during a save, emits nothing and handles nothing more', async () => {
      const { source$, out$, process, save, handled } = slow()
      const recorded = record(out$)
      source$.next([a, b])
      await process.calls[0]?.resolve()
      recorded.subscription.unsubscribe()
      await save.calls[0]?.resolve()
      expect([recorded.values, handled()]).toEqual([[], [1]])
    })

    it('ignores a handler or a save that fails later', async () => {
      const { source$, out$, process, save } = slow()
      const first = record(out$)
      source$.next(a)
      first.subscription.unsubscribe()
      await process.calls[0]?.reject(new Error('late'))
      const second = record(out$)
      source$.next(b)
      await process.calls[1]?.resolve()
      second.subscription.unsubscribe()
      await save.calls[0]?.reject(new Error('late'))
      expect([first.failed, second.failed]).toEqual([false, false])
    })

    it('by take(1), handles no more of a batch', async () => {
      const { source$, out$, process, save, handled } = slow()
      const recorded = record(out$.pipe(take(1)))
      source$.next([a, b])
      await process.calls[0]?.resolve()
      await save.calls[0]?.resolve()
      expect(recorded).toMatchObject({ values: [1], completed: true })
      expect(handled()).toEqual([1])
    })
  })

  describe('with a signal', () => {
    it('lets the current handler end, saves and emits its position, and completes', async () => {
      const stop = new AbortController()
      const { source$, out$, process, save, handled } = slow({ signal: stop.signal })
      const recorded = record(out$)
      source$.next([a, b])
      source$.next(c)
      stop.abort()
      await process.calls[0]?.resolve()
      expect(recorded).toMatchObject({ values: [], completed: false })
      await save.calls[0]?.resolve()
      expect(recorded).toMatchObject({ values: [1], completed: true })
      expect(handled()).toEqual([1])
    })

    it('that is already aborted completes immediately', () => {
      const { out$ } = slow({ signal: AbortSignal.abort() })
      expect(record(out$)).toMatchObject({ values: [], completed: true })
    })
  })

  it('processes events that a handler or an emitted position adds, in their turn', () => {
    const source$ = new Subject<LogEvent>()
    const order: string[] = []
    const handle = ({ id }: LogEvent) => {
      order.push(`handle ${id}`)
      if (id === 1) source$.next(b)
    }
    source$.pipe(processEvents(handle, { savePosition: (id) => order.push(`save ${id}`) })).subscribe((position) => {
      order.push(`at ${position}`)
      if (position === 2) source$.next(c)
    })
    source$.next(a)
    expect(order).toEqual([1, 2, 3].flatMap((id) => [`handle ${id}`, `save ${id}`, `at ${id}`]))
  })

  it.each([
    ['process', () => processEvents(undefined as never, { savePosition: nothing }), TypeError],
    ['options', () => processEvents(nothing, undefined as never), TypeError],
    ['savePosition', () => processEvents(nothing, {} as never), TypeError],
    ['after', () => processEvents(nothing, { savePosition: nothing, after: -1 }), RangeError],
    ['after', () => processEvents(nothing, { savePosition: nothing, after: '1' as never }), RangeError],
  ])('names the wrong argument %s when it is called', (argument, call, error) => {
    expect(call).toThrow(error)
    expect(call).toThrow(new RegExp(`^${argument} must be`))
  })
})
