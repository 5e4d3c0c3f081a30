import type { MaybePromise } from './projection.ts'

/** Whether a value is a promise, or anything else with a callable `then`. Called for every state that a handler returns. */
export function isPromiseLike<T>(value: MaybePromise<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** Continues immediately with a value, or with a promise when it is fulfilled: no promise is made where none is needed. */
export function chain<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return isPromiseLike(value) ? value.then(next) : next(value)
}

/** Does work, and handles an error that it throws or rejects with. */
export function recover<T>(work: () => MaybePromise<T>, fail: (error: unknown) => MaybePromise<T>): MaybePromise<T> {
  let done: MaybePromise<T>
  try {
    done = work()
  } catch (error) {
    return fail(error)
  }
  return isPromiseLike(done) ? done.then(undefined, fail) : done
}
