import { HandlerError, type LogEvent, type OneOrMany, processPages, StaleEventError } from 'rx-projection/operators'
import { batchesOf, eventsOf, marbles } from 'rx-projection/testing'
import { from, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { controlled } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'

const events = eventsOf('abcde')
const { a, b, c, d, e } = events
const nothing = (): void => undefined

describe('processPages', () => {
  it(
    'handles a page at a time, and emits the position of its last event once that is saved',
    marbles((m) => {
      const handled = new Subject<readonly LogEvent[]>()
      const values = { ...events, ...batchesOf(events, { x: 'ab', y: 'cd', z: 'e' }) }
      const source = m.cold<OneOrMany<LogEvent>>('-x-y-e---|', values)
      const subs = '         ^--------!'
      const handling = '     -x-y-z----'
      const expected = '     ---x-y-z-|'
      const out$ = source.pipe(processPages((page) => handled.next(page), { savePosition: () => m.cold('--|') }))
      m.expect(handled).toBeObservable(handling, values as never)
      m.expect(out$).toBeObservable(expected, { x: 2, y: 4, z: 5 })
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it('passes the page unchanged; a single event is a page of one; an empty page is ignored', () => {
    const handled: unknown[] = []
    const page = [a, b]
    record(from([page, [], c]).pipe(processPages((given) => void handled.push(given), { savePosition: nothing })))
    expect(handled).toStrictEqual([page, [c]])
    expect(handled[0]).toBe(page)
  })

  it('awaits the handler and the save of a page before it takes the next', async () => {
    const process = controlled<[page: readonly LogEvent[]], void>()
    const save = controlled<[position: number], void>()
    const source$ = new Subject<readonly LogEvent[]>()
    const { values } = record(source$.pipe(processPages(process, { savePosition: save })))
    source$.next([a, b])
    source$.next([c])
    await process.calls[0]?.resolve()
    expect([process.calls.length, save.calls.map(({ args }) => args), values]).toEqual([1, [[2]], []])
    await save.calls[0]?.resolve()
    expect([process.calls.length, values]).toEqual([2, [2]])
  })

  it('makes a failure a HandlerError that names the first event of the page, and saves no position', async () => {
    const cause = new Error('no table')
    const saved: number[] = []
    const fail = (page: readonly LogEvent[]) => (page.length > 1 ? Promise.reject(cause) : undefined)
    const recorded = record(
      from([[a], [b, c], [d]]).pipe(processPages(fail, { savePosition: (at) => saved.push(at), name: 'tables' })),
    )
    await Promise.resolve()
    expect(recorded.error).toBeInstanceOf(HandlerError)
    expect(recorded).toMatchObject({ values: [1], error: { event: b, projection: 'tables', cause } })
    expect(saved).toEqual([1])
  })

  it('passes on a HandlerError that the handler itself throws', () => {
    const own = new HandlerError({ event: c, projection: 'tables', cause: 'c is too long' })
    const fail = () => {
      throw own
    }
    expect(record(from([[b, c]]).pipe(processPages(fail, { savePosition: nothing }))).error).toBe(own)
  })

  it.each([
    [
      'begins at or below the position',
      [
        [a, b],
        [b, c],
      ],
      b,
      2,
    ],
    [
      'goes back within itself',
      [
        [a, b],
        [c, e, d],
      ],
      d,
      5,
    ],
    [
      'has an event twice',
      [
        [a, b],
        [c, c],
      ],
      c,
      3,
    ],
  ])('errors at a page that %s, and does not handle it', (_, pages, event, offset) => {
    const handled: unknown[] = []
    const { values, error } = record(
      from(pages).pipe(processPages((page) => void handled.push(page), { savePosition: nothing })),
    )
    expect(error).toBeInstanceOf(StaleEventError)
    expect(error).toMatchObject({ event, offset })
    expect([values, handled]).toEqual([[2], [[a, b]]])
  })

  it.each([
    ['process', () => processPages(undefined as never, { savePosition: nothing }), TypeError],
    ['options', () => processPages(nothing, undefined as never), TypeError],
    ['savePosition', () => processPages(nothing, {} as never), TypeError],
    ['after', () => processPages(nothing, { savePosition: nothing, after: 0.5 }), RangeError],
  ])('names the wrong argument %s when it is called', (argument, call, error) => {
    expect(call).toThrow(error)
    expect(call).toThrow(new RegExp(`^${argument} must be`))
  })
})
