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
  // A foreign promise may call back while it is asked; one of the language's own never does.
  Promise.resolve(outcome).then(later, failed)
  return false
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
