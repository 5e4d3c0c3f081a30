import type { MaybePromise } from './projection.ts'

/**
 * Tells a promise from a value. Plain objects and arrays are values whatever they hold: most states are one of these, and
 * a look at the prototype is all that they cost.
 */
export function isPromiseLike<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === Array.prototype) return false
  return typeof (value as { then?: unknown }).then === 'function'
}

/** Continues with a value at once, with a promise when it is fulfilled: no promise where none is needed. */
export function chain<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromiseLike(value) ? value.then(next) : next(value)
}
