import { inspect } from './errors/inspect.ts'
import { checkKeys } from './keys.ts'
import { isOffset } from './position.ts'

/** The names of the options of a fold. */
export const FOLD: readonly string[] = ['strict', 'onIgnored', 'freeze', 'watch']

/** @throws {TypeError} when a value is not a projection; names the function that makes one. */
export function checkProjection(value: unknown): void {
  const { handlerOf } = (value ?? {}) as { readonly handlerOf?: unknown }
  if (typeof handlerOf === 'function') return
  throw new TypeError(`projection must be what defineProjection returns, not ${inspect(value)}`)
}

/** @throws {TypeError | RangeError} names the invalid argument of a fold. */
export function checkFold(projection: unknown, snapshot: unknown, options: unknown): void {
  checkProjection(projection)
  checkSnapshot('snapshot', snapshot)
  if (options === undefined) return
  checkGiven('options', options)
  checkKeys(options as object, FOLD)
}

/** @throws {TypeError | RangeError} when a value is not a snapshot. The state is not inspected. */
export function checkSnapshot(name: string, value: unknown): void {
  checkGiven(name, value)
  const { offset } = value as { readonly offset?: unknown }
  if (!isOffset(offset)) throw new RangeError(`${name}.offset must be a position, or 0, not ${inspect(offset)}`)
}

/** @throws {TypeError} when a value that must have fields is not an object. */
export function checkGiven(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${name} must be an object, not ${inspect(value)}`)
  }
}
