import {
  type AsyncProjection,
  defineProjection,
  type EventType,
  HandlerError,
  type LogEvent,
  type OneOrMany,
  type ProjectedSnapshot,
  scanProjection,
} from 'rx-projection/operators'
import { eventsOf } from 'rx-projection/testing'
import { Subject, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Controlled, controlled, promises } from '../../support/controlled.ts'
import { record } from '../../support/record.ts'

const events = eventsOf('abcdefgh', { d: { type: 'sync' }, e: { type: 'sync' } })
const { a, b, c, d, e, f } = events
const at = (offset: number, state: string, folded = 1): ProjectedSnapshot<string> => ({ offset, state, events: folded })

/** Spells letters when the test says so; `d` and `e` at once. */
function slow(signal?: AbortSignal) {
  const handler: Controlled<[state: string, event: LogEvent], string> = controlled()
  const projection: AsyncProjection<string> = defineProjection<string, EventType>({
    name: 'slow',
    initialState: () => '',
    evolve: (state, event) => (event.type === 'sync' ? `${state}${event.payload}` : handler(state, event)),
  })
  const source$ = new Subject<OneOrMany<LogEvent>>()
  const out$ = source$.pipe(scanProjection(projection, undefined, { ...(signal && { signal }) }))
  const spelled = () => handler.calls.map(({ args: [state, { payload }] }) => `${state}+${payload}`)
  const answer = (index: number) => {
    const { args, resolve } = handler.calls[index]!
    return resolve(`${args[0]}${args[1].payload}`)
  }
  return { calls: handler.calls, source$, out$, spelled, answer }
}

describe('scanProjection with handlers that return promises', () => {
  it('calls one after the other, each with the state that the previous one returned', async () => {
    const { source$, out$, spelled, answer } = slow()
    const { values } = record(out$)
    for (const event of [a, b, c]) source$.next(event)
    expect(spelled()).toEqual(['+a'])
    await answer(0)
    expect(values).toEqual([at(1, 'a')])
    expect(spelled()).toEqual(['+a', 'a+b'])
    await answer(1)
    await answer(2)
    expect(values).toEqual([at(1, 'a'), at(2, 'ab'), at(3, 'abc')])
  })

  it('emits one snapshot per batch, whether its handlers wait or not', async () => {
    const { source$, out$, spelled, answer } = slow()
    const { values } = record(out$)
    source$.next([a, b, c, d, e, f])
    for (const index of [0, 1, 2]) await answer(index)
    expect(values).toEqual([])
    expect(spelled()).toEqual(['+a', 'a+b', 'ab+c', 'abcde+f'])
    await answer(3)
    expect(values).toEqual([at(6, 'abcdef', 6)])
  })

  it('folds synchronous events immediately, but after waiting ones', async () => {
    const { source$, out$, answer } = slow()
    const { values } = record(out$)
    source$.next([a, b])
    source$.next(c)
    source$.next(d)
    await answer(0)
    await answer(1)
    expect(values).toEqual([at(2, 'ab', 2)])
    await answer(2)
    expect(values).toEqual([at(2, 'ab', 2), at(3, 'abc'), at(4, 'abcd')])
    source$.next(e)
    expect(values.at(-1)).toEqual(at(5, 'abcde'))
  })

  it('completes after the last handler', async () => {
    const { source$, out$, answer } = slow()
    const recorded = record(out$)
    source$.next(a)
    source$.next(b)
    source$.complete()
    await answer(0)
    expect(recorded.completed).toBe(false)
    await answer(1)
    expect(recorded).toMatchObject({ values: [at(1, 'a'), at(2, 'ab')], completed: true })
  })

  it('passes on an error of the source immediately, and abandons the current handler', async () => {
    const { source$, out$, calls, answer } = slow()
    const recorded = record(out$)
    source$.next(a)
    source$.next(b)
    source$.error(new Error('of the source'))
    expect(recorded.error).toEqual(new Error('of the source'))
    await answer(0)
    expect(recorded.values).toEqual([])
    expect(calls).toHaveLength(1)
  })

  it('makes a rejection a HandlerError, after the snapshot of all earlier events', async () => {
    const { source$, out$, calls, answer } = slow()
    const recorded = record(out$)
    const cause = new Error('rejected')
    source$.next([a, b, c])
    source$.next(f)
    await answer(0)
    await calls[1]!.reject(cause)
    expect(recorded.values).toEqual([at(1, 'a')])
    expect(recorded.error).toBeInstanceOf(HandlerError)
    expect(recorded.error).toMatchObject({ event: b, projection: 'slow', cause })
    expect(calls).toHaveLength(2)
    expect(source$.observed).toBe(false)
  })

  it('makes a rejection of a single event a HandlerError', async () => {
    const { source$, out$, calls } = slow()
    const recorded = record(out$)
    source$.next(a)
    await calls[0]!.reject('no error object')
    expect(recorded).toMatchObject({ values: [], error: { name: 'HandlerError', event: a, cause: 'no error object' } })
  })

  it('finds a synchronous failure after a handler that waited', async () => {
    const { source$, out$, answer } = slow()
    const recorded = record(out$)
    source$.next([a, d, a])
    await answer(0)
    expect(recorded).toMatchObject({ values: [at(4, 'ad', 2)], error: { name: 'StaleEventError', offset: 4 } })
  })

  it('drops the result of the current handler, and the waiting events, when it is unsubscribed', async () => {
    const { source$, out$, calls, answer } = slow()
    const recorded = record(out$)
    source$.next([a, b])
    source$.next(c)
    recorded.subscription.unsubscribe()
    expect(source$.observed).toBe(false)
    await answer(0)
    expect(recorded.values).toEqual([])
    expect(calls).toHaveLength(1)
  })

  it('drops a rejection that arrives after the unsubscription', async () => {
    const { source$, out$, calls } = slow()
    const recorded = record(out$)
    source$.next(a)
    recorded.subscription.unsubscribe()
    await calls[0]!.reject(new Error('nobody hears it'))
    expect(recorded.failed).toBe(false)
  })

  it('stops under take(1) after the first snapshot, whatever waits in line', async () => {
    const { source$, out$, calls, answer } = slow()
    const recorded = record(out$.pipe(take(1)))
    for (const event of [a, b, c]) source$.next(event)
    await answer(0)
    await promises()
    expect(recorded).toMatchObject({ values: [at(1, 'a')], completed: true })
    expect(calls).toHaveLength(1)
  })

  it('handles an event that the delivery of a snapshot adds, in its turn', async () => {
    const { source$, out$, spelled, answer } = slow()
    const values: unknown[] = []
    out$.subscribe((snapshot) => {
      values.push(snapshot)
      if (snapshot.offset === 1) source$.next(c)
    })
    source$.next(a)
    source$.next(b)
    for (const index of [0, 1, 2]) await answer(index)
    expect(spelled()).toEqual(['+a', 'a+b', 'ab+c'])
    expect(values).toEqual([at(1, 'a'), at(2, 'ab'), at(3, 'abc')])
  })

  it('keeps the order of a line that never becomes empty', async () => {
    const { source$, out$, answer } = slow()
    const { values } = record(out$)
    let id = 0
    const push = () => source$.next({ ...a, id: ++id })
    for (let index = 0; index < 40; index++) push()
    for (let index = 0; index < 300; index++) {
      push()
      await answer(index)
    }
    expect(values.map(({ offset }) => offset)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
  })

  it('forms a line again after it was empty', async () => {
    const { source$, out$, answer } = slow()
    const { values } = record(out$)
    source$.next(a)
    source$.next(b)
    await answer(0)
    await answer(1)
    source$.next(c)
    source$.next(f)
    await answer(2)
    await answer(3)
    expect(values).toEqual([at(1, 'a'), at(2, 'ab'), at(3, 'abc'), at(6, 'abcf')])
  })

  it('has a separate state for each subscription', async () => {
    const { source$, out$, spelled, answer } = slow()
    const first = record(out$)
    source$.next(a)
    const second = record(out$)
    source$.next(b)
    await answer(0)
    await answer(1)
    await answer(2)
    expect(spelled()).toEqual(['+a', '+b', 'a+b'])
    expect(first.values).toEqual([at(1, 'a'), at(2, 'ab')])
    expect(second.values).toEqual([at(2, 'b')])
  })
})

describe('scanProjection with a signal', () => {
  it('that is aborted before the subscription completes immediately', () => {
    const { out$, calls } = slow(AbortSignal.abort())
    expect(record(out$)).toMatchObject({ values: [], completed: true })
    expect(calls).toEqual([])
  })

  it('completes immediately if no handler runs', () => {
    const stop = new AbortController()
    const { source$, out$ } = slow(stop.signal)
    const recorded = record(out$)
    source$.next(d)
    stop.abort()
    expect(recorded).toMatchObject({ values: [at(4, 'd')], completed: true })
    expect(source$.observed).toBe(false)
  })

  it('lets the current handler end, emits the folded state, and completes', async () => {
    const stop = new AbortController()
    const { source$, out$, calls, answer } = slow(stop.signal)
    const recorded = record(out$)
    source$.next([a, b, c])
    source$.next(f)
    await answer(0)
    stop.abort()
    source$.next(events.g)
    expect(recorded.completed).toBe(false)
    await answer(1)
    expect(recorded).toMatchObject({ values: [at(2, 'ab', 2)], completed: true })
    expect(calls).toHaveLength(2)
  })

  it('folds a synchronous batch to its end', () => {
    const stop = new AbortController()
    const source$ = new Subject<OneOrMany<LogEvent>>()
    const projection = defineProjection<string, EventType>({
      name: 'stops',
      initialState: () => '',
      evolve: (state, { payload }) => {
        stop.abort()
        return `${state}${payload}`
      },
    })
    const recorded = record(source$.pipe(scanProjection(projection, undefined, { signal: stop.signal })))
    source$.next([a, b, c])
    expect(recorded).toMatchObject({ values: [at(3, 'abc', 3)], completed: true })
  })

  it('is released when the output ends', () => {
    const stop = new AbortController()
    let listening = 0
    const { signal } = stop
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listening++
      addEventListener.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listening--
      removeEventListener.apply(signal, args)
    }
    const { out$ } = slow(signal)
    const { subscription } = record(out$)
    expect(listening).toBe(1)
    subscription.unsubscribe()
    expect(listening).toBe(0)
  })
})
