import type { MaybePromise } from './projection.ts'

/** Tells a promise, or anything else with a `then` to call, from a value. It is asked of every state that a handler returns. */
export function isPromiseLike<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** Continues with a value at once, with a promise when it is fulfilled: no promise where none is needed. */
export function chain<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromiseLike(value) ? value.then(next) : next(value)
}

/** Does work, and deals with its throwing or rejecting. */
export function recover<T>(work: () => MaybePromise<T>, fail: (error: unknown) => MaybePromise<T>): MaybePromise<T> {
  let done: MaybePromise<T>
  try {
    done = work()
  } catch (error) {
    return fail(error)
  }
  return isPromiseLike(done) ? done.then(undefined, fail) : done
}
