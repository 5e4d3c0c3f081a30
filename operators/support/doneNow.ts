import { isObservable, type Observable } from 'rxjs'
import { isPromiseLike } from '../model/maybePromise.ts'

/** What a user's callback may answer: a value, or a promise or an observable that says when it is done. */
export type Outcome = unknown | PromiseLike<unknown> | Observable<unknown>

/**
 * Tells whether an outcome is done already. If not, `later` or `failed` is called when it is. A failure that is already
 * known is told to `failed` at once (and the answer is `false`).
 */
export function doneNow(outcome: Outcome, later: () => void, failed: (error: unknown) => void): boolean {
  if (isObservable(outcome)) return completedNow(outcome, later, failed)
  if (!isPromiseLike(outcome)) return true
  return settledNow(outcome, later, failed)
}

/** The same for a promise. One of the language's own is never done now; a foreign one may call back while it is asked. */
export function settledNow(
  promise: PromiseLike<unknown>,
  later: () => void,
  failed: (error: unknown) => void,
): boolean {
  let returned = false
  let settled = false
  try {
    promise.then(() => {
      settled = true
      if (returned) later()
    }, failed)
  } catch (error) {
    failed(error)
  }
  returned = true
  return settled
}

function completedNow(outcome: Observable<unknown>, later: () => void, failed: (error: unknown) => void): boolean {
  let returned = false
  let completed = false
  outcome.subscribe({
    error: failed,
    complete: () => {
      completed = true
      if (returned) later()
    },
  })
  returned = true
  return completed
}
