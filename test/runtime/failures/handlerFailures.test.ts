import { HandlerError, startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { append, storeWith, upTo } from '../support/notes.ts'
import { poisoned } from '../support/poison.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

type Read = ReturnType<typeof storeWith>['events']['read']

describe('a handler that fails', () => {
  test('faults a projection at the third failure in a row, with the error and its event', () => {
    const time = new VirtualTime()
    const failures = { 3: Infinity }
    const projection = startProjection(poisoned(failures), {
      store: storeWith(5),
      scheduler: time,
      retry: { delay: 10, entropy: 0 },
    })
    const state = record(projection.state$, time)
    time.runTo(1_000)
    expect(state.timed).toEqual([
      [0, []],
      [0, [1, 2]],
    ])
    expect(state.error).toBeInstanceOf(HandlerError)
    expect(state.error).toMatchObject({ event: { id: 3 }, projection: 'ids', cause: { message: 'poison 3' } })
    expect(projection.current).toEqual({ offset: 2, state: [1, 2] })
    expect(time.frame).toBe(1_000)
    expect(time.timers).toBe(0)
  })

  test('twice does not fault it', () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned({ 3: 2, 4: 2 }), {
      store: storeWith(5),
      scheduler: time,
      retry: { delay: 10, entropy: 0 },
    })
    time.runTo(100)
    expect(projection.current?.state).toEqual(upTo(5))
    expect(record(projection.status$).values).toEqual(['live'])
  })

  test('is counted until the run has passed its position, whatever fails in between', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    let reads = 0
    const read: Read = (options) => {
      // Between the handler's failures the store fails, again and again.
      if (++reads % 2 === 0) throw new Error('no connection')
      return store.events.read(options)
    }
    const errors: string[] = []
    const projection = startProjection(poisoned({ 3: Infinity }), {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      retry: { delay: 10, entropy: 0 },
      onError: (error) => errors.push((error as Error).name),
    })
    time.runTo(1_000)
    expect(errors).toEqual(['HandlerError', 'Error', 'HandlerError', 'Error', 'HandlerError'])
    expect(record(projection.status$).values).toEqual(['faulted'])
  })

  test('is counted separately for each position', () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned(Object.fromEntries(upTo(20).map((id) => [id, 2]))), {
      store: storeWith(20),
      scheduler: time,
      retry: { delay: 10, entropy: 0 },
    })
    time.runTo(1_000)
    expect(projection.current?.state).toEqual(upTo(20))
  })

  test('again at a position that was passed and is folded again begins a new count', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const failures = { 2: 2 }
    let reads = 0
    const read: Read = (options) => {
      if (++reads === 4) {
        // The run that has passed the event fails after it; nothing is durable, so it is folded, and fails, again.
        failures[2] = 2
        throw new Error('no connection')
      }
      return store.events.read(options)
    }
    const projection = startProjection(poisoned(failures), {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      retry: { delay: 10, entropy: 0 },
    })
    time.runTo(25)
    expect(projection.current?.state).toEqual([1, 2])
    append(store)
    time.runTo(1_000)
    expect(projection.current?.state).toEqual([1, 2, 3])
    expect(failures[2]).toBe(0)
  })

  test.each([1, 5])('faults after %i failures if the options say so', (handlerFailures) => {
    const time = new VirtualTime()
    const failures = { 1: 100 }
    const projection = startProjection(poisoned(failures), {
      store: storeWith(1),
      scheduler: time,
      handlerFailures,
      retry: { delay: 10, entropy: 0 },
      onError: () => undefined,
    })
    time.runTo(1_000)
    expect(record(projection.status$).values).toEqual(['faulted'])
    expect(100 - failures[1]).toBe(handlerFailures)
  })

  test('with Infinity is retried forever', () => {
    const time = new VirtualTime()
    const failures = { 1: 500 }
    const projection = startProjection(poisoned(failures), {
      store: storeWith(1),
      scheduler: time,
      handlerFailures: Infinity,
      retry: { delay: 10, entropy: 0 },
    })
    time.runTo(4_999)
    expect(projection.current?.state).toEqual([])
    time.runTo(5_000)
    expect(projection.current?.state).toEqual([1])
  })

  test('with an error that says retryable: false faults immediately', () => {
    const time = new VirtualTime()
    const projection = startProjection(
      poisoned({ 2: 1 }, () => Object.assign(new Error('no such account'), { retryable: false })),
      { store: storeWith(3), scheduler: time },
    )
    const state = record(projection.state$)
    time.runTo(0)
    expect(state).toMatchObject({ values: [[], [1]], error: { name: 'HandlerError', cause: { retryable: false } } })
  })

  test('is also limited by the count of a retry', () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned({ 1: Infinity }), {
      store: storeWith(1),
      scheduler: time,
      handlerFailures: Infinity,
      retry: { delay: 10, entropy: 0, count: 4 },
    })
    const state = record(projection.state$)
    time.runTo(39)
    expect(state.error).toBeUndefined()
    time.runTo(40)
    expect(state.error).toBeInstanceOf(HandlerError)
  })
})
