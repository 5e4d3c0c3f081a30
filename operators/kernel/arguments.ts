import type { SchedulerLike } from 'rxjs'
import { inspect } from '../model/errors/inspect.ts'
import type { EventMark } from '../model/mark.ts'
import { isPromiseLike } from '../model/maybePromise.ts'
import { isOffset, isPosition } from '../model/position.ts'

/** The longest delay that timers can take, in ms; they turn a longer one into none at all. */
export const MAX_DELAY: number = 2 ** 31 - 1

/** @throws names the argument that is not what it must be, says what that is, and shows what came in its place. */
export function must(
  holds: boolean,
  name: string,
  value: unknown,
  expected: string,
  Wrong: new (message: string) => Error = RangeError,
): asserts holds {
  if (!holds) throw new Wrong(`${name} must be ${expected}, not ${inspect(value)}`)
}

/** @throws {RangeError} when a delay is no number of ms from 0 to 2³¹ − 1. */
export function checkDelay(name: string, value: unknown): void {
  must(
    typeof value === 'number' && value >= 0 && value <= MAX_DELAY,
    name,
    value,
    `a number of ms from 0 to ${MAX_DELAY}`,
  )
}

/** @throws {RangeError} when a time to wait at the most is neither a delay nor `Infinity`, which waits for any time. */
export function checkTimeout(name: string, value: unknown): void {
  if (value !== Infinity) checkDelay(name, value)
}

/** @throws {RangeError} when a count is no safe integer of at least `least`. */
export function checkCount(name: string, value: unknown, least = 1): void {
  must(isOffset(value) && value >= least, name, value, `an integer of at least ${least}`)
}

/** @throws {RangeError} when a place to continue after is no safe integer of at least 0. */
export function checkOffset(name: string, value: unknown): asserts value is number {
  must(isOffset(value), name, value, 'a position, or 0')
}

/** @throws {TypeError | RangeError} when a mark of an event is given and cannot be one. */
export function checkMark(name: string, value: unknown): void {
  if (value === undefined) return
  checkObject(name, value)
  const { position } = value as Partial<EventMark>
  must(isPosition(position), `${name}.position`, position, 'a position')
}

/** @throws {TypeError} when something that has to be called is no function. */
export function checkFunction(name: string, value: unknown): void {
  must(typeof value === 'function', name, value, 'a function', TypeError)
}

/** @throws {TypeError} when something that may be given is given and is no function. */
export function checkOptionalFunction(name: string, value: unknown): void {
  if (value !== undefined) checkFunction(name, value)
}

/** @throws {TypeError} when a scheduler is given and is none. */
export function checkScheduler(name: string, value: unknown): void {
  if (value === undefined) return
  checkObject(name, value)
  const { schedule, now } = value as Partial<SchedulerLike>
  checkFunction(`${name}.schedule`, schedule)
  checkFunction(`${name}.now`, now)
}

/** @throws {TypeError} when a store is none whose events can be read, and says what to do with a promise of one, and with its URL. */
export function checkReader(store: unknown): void {
  checkStore(store)
  const { events } = store as { readonly events?: { readonly read?: unknown } | null }
  checkObject('store.events', events)
  checkFunction('store.events.read', events?.read)
}

/** @throws {TypeError} when a store is none, and says what to do with a promise of one, and with its URL. */
export function checkStore(store: unknown): void {
  if (isPromiseLike(store)) {
    throw new TypeError('store is a promise: await it first, as in await openStore(url)')
  }
  if (typeof store === 'string') {
    throw new TypeError(`store must be an open store, such as await openStore(url), not ${inspect(store)}`)
  }
  checkObject('store', store)
}

/** @throws {TypeError} when a signal is given and is none. */
export function checkSignal(name: string, value: unknown): asserts value is AbortSignal | undefined {
  must(value === undefined || value instanceof AbortSignal, name, value, 'an AbortSignal', TypeError)
}

/** @throws {TypeError} when a switch is given and is neither `true` nor `false`. */
export function checkSwitch(name: string, value: unknown): void {
  must(value === undefined || typeof value === 'boolean', name, value, 'true or false', TypeError)
}

/** @throws {TypeError} when a config object is none. */
export function checkObject(name: string, value: unknown): void {
  must(typeof value === 'object' && value !== null, name, value, 'an object', TypeError)
}

/** @throws {TypeError} when options are no object, or those among them that may be functions are given and are none. */
export function checkOptions<O extends object>(options: O, ...functions: (keyof O & string)[]): void {
  checkObject('options', options)
  for (const name of functions) checkOptionalFunction(name, options[name])
}

/** @throws {TypeError} when streams are given and are no list of stream names. */
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
 * What may be given as a value, or as a function asked at each subscription. A value is checked now; what a function
 * answers, when it does.
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
