import type { SchedulerLike } from 'rxjs'
import { inspect } from '../model/errors/inspect.ts'
import type { EventMark } from '../model/mark.ts'
import { isPromiseLike } from '../model/maybePromise.ts'
import { isOffset, isPosition } from '../model/position.ts'

/** The longest delay that timers support, in ms. A longer delay would fire immediately. */
export const MAX_DELAY: number = 2 ** 31 - 1

/** @throws names the invalid argument, describes the expected value, and shows the received value. */
export function must(
  holds: boolean,
  name: string,
  value: unknown,
  expected: string,
  Wrong: new (message: string) => Error = RangeError,
): asserts holds {
  if (!holds) throw new Wrong(`${name} must be ${expected}, not ${inspect(value)}`)
}

/** @throws {RangeError} when a delay is not a number of ms from 0 to 2³¹ − 1. */
export function checkDelay(name: string, value: unknown): void {
  must(
    typeof value === 'number' && value >= 0 && value <= MAX_DELAY,
    name,
    value,
    `a number of ms from 0 to ${MAX_DELAY}`,
  )
}

/** @throws {RangeError} when a timeout is neither a delay nor `Infinity`, which means no limit. */
export function checkTimeout(name: string, value: unknown): void {
  if (value !== Infinity) checkDelay(name, value)
}

/** @throws {RangeError} when a count is not a safe integer of at least `least`. */
export function checkCount(name: string, value: unknown, least = 1): void {
  must(isOffset(value) && value >= least, name, value, `an integer of at least ${least}`)
}

/** @throws {RangeError} when an offset to continue after is not a safe integer of at least 0. */
export function checkOffset(name: string, value: unknown): asserts value is number {
  must(isOffset(value), name, value, 'a position, or 0')
}

/** @throws {TypeError | RangeError} when an optional event mark is present and invalid. */
export function checkMark(name: string, value: unknown): void {
  if (value === undefined) return
  checkObject(name, value)
  const { position } = value as Partial<EventMark>
  must(isPosition(position), `${name}.position`, position, 'a position')
}

/** @throws {TypeError} when a required function is not a function. */
export function checkFunction(name: string, value: unknown): void {
  must(typeof value === 'function', name, value, 'a function', TypeError)
}

/** @throws {TypeError} when an optional function is present and is not a function. */
export function checkOptionalFunction(name: string, value: unknown): void {
  if (value !== undefined) checkFunction(name, value)
}

/** @throws {TypeError} when an optional scheduler is present and is not a scheduler. */
export function checkScheduler(name: string, value: unknown): void {
  if (value === undefined) return
  checkObject(name, value)
  const { schedule, now } = value as Partial<SchedulerLike>
  checkFunction(`${name}.schedule`, schedule)
  checkFunction(`${name}.now`, now)
}

/**
 * @throws {TypeError} when a value is not a store with readable events; explains what to do with a promise of a store or a URL.
 */
export function checkReader(store: unknown): void {
  checkStore(store)
  const { events } = store as { readonly events?: { readonly read?: unknown } | null }
  checkObject('store.events', events)
  checkFunction('store.events.read', events?.read)
}

/** @throws {TypeError} when a value is not a store; explains what to do with a promise of a store or a URL. */
export function checkStore(store: unknown): void {
  if (isPromiseLike(store)) {
    throw new TypeError('store is a promise: await it first, as in await openStore(url)')
  }
  if (typeof store === 'string') {
    throw new TypeError(`store must be an open store, such as await openStore(url), not ${inspect(store)}`)
  }
  checkObject('store', store)
}

/** @throws {TypeError} when an optional signal is present and is not an `AbortSignal`. */
export function checkSignal(name: string, value: unknown): asserts value is AbortSignal | undefined {
  must(value === undefined || value instanceof AbortSignal, name, value, 'an AbortSignal', TypeError)
}

/** @throws {TypeError} when an optional switch is present and is neither `true` nor `false`. */
export function checkSwitch(name: string, value: unknown): void {
  must(value === undefined || typeof value === 'boolean', name, value, 'true or false', TypeError)
}

/** @throws {TypeError} when a config object is not an object. */
export function checkObject(name: string, value: unknown): void {
  must(typeof value === 'object' && value !== null, name, value, 'an object', TypeError)
}

/** @throws {TypeError} when options are not an object, or when a named optional function is present and is not a function. */
export function checkOptions<O extends object>(options: O, ...functions: (keyof O & string)[]): void {
  checkObject('options', options)
  for (const name of functions) checkOptionalFunction(name, options[name])
}

/** @throws {TypeError} when an optional `streams` is present and is not a list of stream names. */
export function checkStreamList(name: string, value: unknown): void {
  const isName = (stream: unknown): boolean => typeof stream === 'string' && stream !== ''
  must(
    value === undefined || (Array.isArray(value) && value.length > 0 && value.every(isName)),
    name,
    value,
    'a non-empty array of stream names',
    TypeError,
  )
}

/**
 * Resolves an argument that may be a value, or a function called at each subscription. A value is checked now; the result of a
 * function is checked at each call.
 */
export function startOf<T extends object | number>(start: T | (() => T), check: (start: T) => void): () => T {
  if (typeof start !== 'function') {
    check(start)
    return () => start
  }
  return () => {
    const asked = start()
    check(asked)
    return asked
  }
}
