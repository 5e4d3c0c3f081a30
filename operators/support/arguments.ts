import { inspect } from '../model/errors/inspect.ts'
import { isOffset } from '../model/position.ts'

/** The longest delay that timers can take, in ms; they turn a longer one into none at all. */
export const MAX_DELAY: number = 2 ** 31 - 1

/** @throws {RangeError} when a delay is no number of ms from 0 to 2³¹ − 1. */
export function checkDelay(name: string, value: unknown): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_DELAY)) {
    throw new RangeError(`${name} must be a number of ms from 0 to ${MAX_DELAY}, not ${inspect(value)}`)
  }
}

/** @throws {RangeError} when a count is no positive safe integer (or `Infinity`, where that is allowed). */
export function checkCount(
  name: string,
  value: unknown,
  { infinite = false, least = 1 }: { infinite?: boolean; least?: number } = {},
): void {
  if (infinite && value === Infinity) return
  if (!Number.isSafeInteger(value) || (value as number) < least) {
    throw new RangeError(
      `${name} must be an integer of at least ${least}${infinite ? ', or Infinity' : ''}, not ${inspect(value)}`,
    )
  }
}

/** @throws {RangeError} when a place to continue after is no safe integer of at least 0. */
export function checkOffset(name: string, value: unknown): asserts value is number {
  if (!isOffset(value)) throw new RangeError(`${name} must be a position, or 0, not ${inspect(value)}`)
}

/** @throws {TypeError} when something that has to be called is no function. */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function, not ${inspect(value)}`)
}

/** @throws {TypeError} when something that may be given is given and is no function. */
export function checkOptionalFunction(name: string, value: unknown): void {
  if (value !== undefined) checkFunction(name, value)
}

/** @throws {TypeError} when a config object is none. */
export function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${name} must be an object, not ${inspect(value)}`)
}

/** @throws {TypeError} when streams are given and are no list of stream names. */
export function checkStreamList(name: string, value: unknown): void {
  if (value === undefined) return
  if (Array.isArray(value) && value.length > 0 && value.every((stream) => typeof stream === 'string' && stream !== ''))
    return
  throw new TypeError(`${name} must be a non-empty array of stream names, not ${inspect(value)}`)
}
