import { must } from '../../operators/kernel/arguments.ts'
import { checkGiven, checkProjection } from '../../operators/model/checkFold.ts'
import { freezeDeeply as freeze } from '../../operators/model/freeze.ts'
import {
  type AsyncProjection,
  type EventType,
  evolve,
  HandlerError,
  type LogEvent,
  type MaybePromise,
  type Projection,
  type Recorded,
  type Snapshot,
} from '../../operators/model/index.ts'
import { checkKeys } from '../../operators/model/keys.ts'
import { chain, isPromiseLike } from '../../operators/model/maybePromise.ts'
import { EVENT_FIELDS } from './support/eventFields.ts'

/** An event as a test writes it: a type and a payload; other fields are optional. Positions count up from 1. */
export type SaidEvent<E extends EventType> = E extends EventType
  ? Pick<E, 'type' | 'payload'> & Partial<Omit<Recorded<E>, 'type' | 'payload'>>
  : never

/** A projection in a state, waiting for events. */
export interface Given<E extends EventType, Result> {
  /** Folds the events, in order. */
  when(...events: readonly SaidEvent<E>[]): Result
}

/** The outcome of the events. */
export interface Outcome<State> {
  /** The resulting state, for the test runner's own assertions. Reading it throws the error of the fold, if there is one. */
  readonly state: State
  /** @throws the error of the fold, or an `AssertionError` if the state is different. */
  thenState(expected: State): void
  /**
   * Returns the error that the events caused: the fold's error, or the error in a handler that the fold's `HandlerError` has as
   * its cause.
   *
   * @throws an `AssertionError` if there is no error, or no error of this class.
   */
  thenError<T>(type: abstract new (...args: never[]) => T): T
}

/**
 * Tests the handlers of a projection, without a store or a clock, in any test runner.
 *
 * States and events are frozen deeply before a handler receives them: a handler that changes one throws. An event type without
 * a handler is an error. If a handler is asynchronous, `when` returns a promise.
 *
 * @param state the state before the events; the initial state by default.
 * @example
 * ```ts
 * import { defineProjection } from 'rx-projection'
 * import { given } from 'rx-projection/testing'
 *
 * const total = defineProjection<number, { type: 'Sold'; payload: number }>({
 *   name: 'total',
 *   initialState: () => 0,
 *   on: { Sold: (sum, { payload }) => sum + payload },
 * })
 *
 * given(total).when({ type: 'Sold', payload: 5 }, { type: 'Sold', payload: 2 }).thenState(7)
 * given(total, 7).when({ type: 'Sold', payload: 1 }).thenState(8)
 * ```
 * @throws {TypeError} names the value that is not a projection or not an event.
 */
export function given<State, E extends EventType>(
  projection: Projection<State, E>,
  state?: NoInfer<State>,
): Given<E, Outcome<State>>
export function given<State, E extends EventType>(
  projection: AsyncProjection<State, E>,
  state?: NoInfer<State>,
): Given<E, MaybePromise<Outcome<State>>>
export function given<State>(
  projection: AsyncProjection<State>,
  state: State = stateBefore(projection),
): Given<EventType, MaybePromise<Outcome<State>>> {
  checkProjection(projection)
  return {
    when(...events) {
      const stream = projection.streams?.[0] ?? 'given'
      events.forEach(checkSaid)
      const recorded = events.map((event, index): LogEvent => freeze({ id: index + 1, stream, ...event }))
      let reached: MaybePromise<Snapshot<State>> = { offset: 0, state: freeze(state) }
      try {
        for (const event of recorded) {
          reached = chain(reached, (snapshot) =>
            evolve<State, EventType>(projection, { offset: snapshot.offset, state: freeze(snapshot.state) }, event),
          )
        }
      } catch (error) {
        return new Failed(error)
      }
      if (!isPromiseLike(reached)) return new Folded(reached.state)
      return Promise.resolve(reached).then(
        (snapshot) => new Folded(snapshot.state),
        (error: unknown) => new Failed(error),
      )
    },
  }
}

function stateBefore<State>(projection: AsyncProjection<State>): State {
  checkProjection(projection)
  return projection.initialState()
}

/** @throws {TypeError} if the value is not an event, or has a field that no event has. */
function checkSaid(event: unknown, index: number): void {
  if (Array.isArray(event))
    throw new TypeError(`events[${index}] is an array: when(...events) takes the events one by one`)
  checkGiven(`events[${index}]`, event)
  checkKeys(event as object, EVENT_FIELDS, `events[${index}]`, 'field')
  const { type } = event as Partial<LogEvent>
  must(typeof type === 'string', `events[${index}].type`, type, 'a string', TypeError)
}

/** @throws {TypeError} if the expected class of an error is not a class. */
function checkClass(type: unknown): void {
  must(typeof type === 'function', 'type', type, 'a class of errors', TypeError)
}

class Folded<State> implements Outcome<State> {
  readonly state: State

  constructor(state: State) {
    this.state = state
  }

  thenState(expected: State): void {
    if (!isSame(this.state, expected))
      throw new AssertionError('the events lead to another state', this.state, expected)
  }

  thenError(type: abstract new (...args: never[]) => unknown): never {
    checkClass(type)
    throw new AssertionError(`the events lead to a state, not to an error`, this.state, type.name)
  }
}

class Failed implements Outcome<never> {
  readonly #error: unknown

  constructor(error: unknown) {
    this.#error = error
  }

  get state(): never {
    throw this.#error
  }

  thenState(): never {
    throw this.#error
  }

  thenError<T>(type: abstract new (...args: never[]) => T): T {
    checkClass(type)
    const error = this.#error
    if (error instanceof type) return error
    if (error instanceof HandlerError && error.cause instanceof type) return error.cause
    throw new AssertionError('the events lead to another error', error, type.name)
  }
}

/** Test runners show the difference of an error with these fields. */
class AssertionError extends Error {
  override readonly name = 'AssertionError'
  readonly actual: unknown
  readonly expected: unknown
  readonly showDiff = true

  constructor(message: string, actual: unknown, expected: unknown) {
    super(message, { cause: actual instanceof Error ? actual : undefined })
    this.actual = actual
    this.expected = expected
  }
}

/**
 * Whether two values are the same in structure: what JSON can hold, and Map, Set, Date and class instances beside.
 * `undefined` fields count, `NaN` is `NaN`, and 0 is not −0.
 */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false
  if (one instanceof Date) return Object.is(one.getTime(), (other as Date).getTime())
  if (one instanceof Map || one instanceof Set) return isSame([...one], [...(other as Iterable<unknown>)])
  const keys = Object.keys(one)
  if (keys.length !== Object.keys(other).length) return false
  return keys.every((key) => Object.hasOwn(other, key) && isSame(one[key as never], other[key as never]))
}
