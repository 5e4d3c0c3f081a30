import { defineProjection, type EventType, HandlerError, UnknownEventError } from 'rx-projection/operators'
import { given } from 'rx-projection/testing'
import { describe, expect, it } from 'vitest'

type BankEvent =
  | { type: 'Deposited'; payload: { account: string; amount: number } }
  | { type: 'Withdrawn'; payload: { account: string; amount: number } }
  | { type: 'Closed'; payload: { account: string } }

class Overdrawn extends Error {}

const balances = defineProjection<Record<string, number>, BankEvent>({
  name: 'balances',
  streams: ['accounts'],
  initialState: () => ({}),
  on: {
    Deposited: (state, { payload }) => ({
      ...state,
      [payload.account]: (state[payload.account] ?? 0) + payload.amount,
    }),
    Withdrawn: (state, { payload }) => {
      const left = (state[payload.account] ?? 0) - payload.amount
      if (left < 0) throw new Overdrawn(payload.account)
      return { ...state, [payload.account]: left }
    },
  },
})
const deposit = (amount: number): BankEvent => ({ type: 'Deposited', payload: { account: 'anna', amount } })
const withdraw = (amount: number): BankEvent => ({ type: 'Withdrawn', payload: { account: 'anna', amount } })
const close: BankEvent = { type: 'Closed', payload: { account: 'anna' } }

/** What a failing assertion says. */
function failure(assertion: () => unknown): unknown {
  try {
    assertion()
  } catch (error) {
    return error
  }
  throw new Error('it holds')
}

describe('given, when, then', () => {
  it('folds events into the initial state', () => {
    given(balances).when(deposit(5), withdraw(2)).thenState({ anna: 3 })
    given(balances).when().thenState({})
  })

  it('folds events into a state', () => {
    given(balances, { anna: 5, bert: 1 }).when(deposit(5)).thenState({ anna: 10, bert: 1 })
  })

  it('gives the state for the assertions of the test runner', () => {
    expect(given(balances).when(deposit(5)).state).toEqual({ anna: 5 })
  })

  it('gives events positions from 1 on, and a stream, unless they are said', () => {
    const seen = defineProjection<unknown[], EventType>({
      name: 'seen',
      initialState: () => [],
      evolve: (state, { id, stream, metadata }) => [...state, [id, stream, metadata]],
    })
    const event = { type: 'any', payload: 0 }
    given(seen)
      .when(event, { ...event, id: 7, stream: 's', metadata: { user: 'anna' } })
      .thenState([
        [1, 'given', undefined],
        [7, 's', { user: 'anna' }],
      ])
    const streams = defineProjection<string, BankEvent>({
      name: 'streams',
      streams: ['accounts'],
      initialState: () => '',
      evolve: (_, { stream }) => stream,
    })
    given(streams).when(close).thenState('accounts')
  })

  it('says which state there is instead, so that a test runner shows the difference', () => {
    const error = failure(() => given(balances).when(deposit(5)).thenState({ anna: 6 }))
    expect(error).toMatchObject({
      name: 'AssertionError',
      message: 'the events lead to another state',
      actual: { anna: 5 },
      expected: { anna: 6 },
      showDiff: true,
    })
  })

  it('expects an error: that of the fold, or the one in a handler', () => {
    const outcome = given(balances).when(deposit(1), withdraw(2))
    expect(outcome.thenError(Overdrawn).message).toBe('anna')
    expect(outcome.thenError(HandlerError).event).toMatchObject({ id: 2, type: 'Withdrawn' })
    expect(given(balances).when(close).thenError(UnknownEventError).projection).toBe('balances')
  })

  it('says so where there is another error, or none', () => {
    const outcome = given(balances).when(withdraw(2))
    expect(failure(() => outcome.thenError(RangeError))).toMatchObject({
      name: 'AssertionError',
      expected: 'RangeError',
      cause: { name: 'HandlerError' },
    })
    expect(failure(() => given(balances).when(deposit(5)).thenError(Overdrawn))).toMatchObject({
      name: 'AssertionError',
      actual: { anna: 5 },
      expected: 'Overdrawn',
    })
  })

  it('throws the error of the events where a state is expected', () => {
    const outcome = given(balances).when(withdraw(2))
    expect(() => outcome.thenState({})).toThrow(HandlerError)
    expect(() => outcome.state).toThrow(HandlerError)
  })

  it('finds a handler that changes the state or the event that it is given', () => {
    const careless = defineProjection<{ names: string[] }, EventType>({
      name: 'careless',
      initialState: () => ({ names: [] }),
      on: {
        state: (state) => {
          state.names.push('anna')
          return state
        },
        event: (state, { payload }) => {
          ;(payload as { name: string }).name = 'bert'
          return state
        },
      },
    })
    given(careless).when({ type: 'state', payload: 0 }).thenError(TypeError)
    given(careless)
      .when({ type: 'event', payload: { name: 'anna' } })
      .thenError(TypeError)
  })

  it('can be awaited, and is what it was', async () => {
    const outcome = await given(balances).when(deposit(5))
    outcome.thenState({ anna: 5 })
  })
})

describe('given an asynchronous projection', () => {
  const slow = defineProjection<string, EventType>({
    name: 'slow',
    initialState: () => '',
    on: {
      slow: async (state) => `${state}s`,
      fast: (state) => `${state}f`,
      rejects: async () => {
        throw new Overdrawn('slowly')
      },
    },
  })
  const event = (type: string) => ({ type, payload: 0 })

  it('awaits its handlers, in order', async () => {
    const outcome = await given(slow, 'x').when(event('slow'), event('fast'), event('slow'))
    outcome.thenState('xsfs')
  })

  it('gives a rejection as an error', async () => {
    const outcome = await given(slow).when(event('slow'), event('rejects'), event('fast'))
    expect(outcome.thenError(Overdrawn).message).toBe('slowly')
  })

  it('gives an error that comes at once, and one that comes behind a promise', async () => {
    ;(await given(slow).when(event('unknown'))).thenError(UnknownEventError)
    ;(await given(slow).when(event('slow'), event('unknown'))).thenError(UnknownEventError)
  })
})

describe('two states are the same', () => {
  class Money {
    readonly cents: number
    constructor(cents: number) {
      this.cents = cents
    }
  }
  const cycle: { self?: unknown } = {}
  const states = defineProjection<unknown, EventType>({ name: 'states', initialState: () => 0, on: {} })
  const same = (one: unknown, other: unknown): void => given(states, one).when().thenState(other)

  it.each<[one: unknown, other: unknown]>([
    [Number.NaN, Number.NaN],
    [
      { a: 1, b: [2, { c: null }] },
      { b: [2, { c: null }], a: 1 },
    ],
    [new Map([['a', { b: 1 }]]), new Map([['a', { b: 1 }]])],
    [new Set([1, 2]), new Set([1, 2])],
    [new Date(5), new Date(5)],
    [new Money(5), new Money(5)],
    [cycle, cycle],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  ])('where nothing differs: %o', (one, other) => {
    expect(() => same(one, other)).not.toThrow()
  })

  it.each<[one: unknown, other: unknown]>([
    [0, -0],
    [1, '1'],
    [null, {}],
    [{}, null],
    [{ a: undefined }, {}],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [
      [1, 2],
      [2, 1],
    ],
    [[], {}],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [new Set([1]), new Set([1, 2])],
    [new Date(5), new Date(6)],
    [new Money(5), new Money(6)],
    [new Money(5), { cents: 5 }],
    [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
  ])('and others are not: %o and %o', (one, other) => {
    expect(() => same(one, other)).toThrow('another state')
  })
})
