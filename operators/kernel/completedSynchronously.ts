import { isObservable, type Observable } from 'rxjs'
import { isPromiseLike } from '../model/maybePromise.ts'

/** The result of a user's callback: a value, or a promise or an observable that settles when the work is done. */
export type Outcome = unknown | PromiseLike<unknown> | Observable<unknown>

/**
 * Whether an outcome is complete already. If it is not, `later` or `failed` is called once, when the outcome settles. A failure
 * that is already known goes to `failed` immediately, and the result is `false`. This includes an error that the outcome throws
 * when it is inspected.
 */
export function completedSynchronously(outcome: Outcome, later: () => void, failed: (error: unknown) => void): boolean {
  let kind: 'observable' | 'promise' | 'value'
  try {
    kind = isObservable(outcome) ? 'observable' : isPromiseLike(outcome) ? 'promise' : 'value'
  } catch (error) {
    failed(error)
    return false
  }
  if (kind === 'value') return true
  if (kind === 'promise') return settledSynchronously(outcome as PromiseLike<unknown>, later, failed)
  return settled(later, failed, (done, fail) => {
    ;(outcome as Observable<unknown>).subscribe({ error: fail, complete: done })
  })
}

/** The same for a promise. A native promise never settles during the call; a foreign one may call back during it. */
export function settledSynchronously(
  promise: PromiseLike<unknown>,
  later: () => void,
  failed: (error: unknown) => void,
): boolean {
  return settled(later, failed, (done, fail) => void promise.then(done, fail))
}

/** Passes callbacks to a foreign object. The first answer counts: the object may call back again, or throw after it. */
function settled(
  later: () => void,
  failed: (error: unknown) => void,
  ask: (done: () => void, fail: (error: unknown) => void) => void,
): boolean {
  let returned = false
  let outcome: 'open' | 'done' | 'failed' = 'open'
  const fail = (error: unknown): void => {
    if (outcome !== 'open') return
    outcome = 'failed'
    failed(error)
  }
  const done = (): void => {
    if (outcome !== 'open') return
    outcome = 'done'
    if (returned) later()
  }
  try {
    ask(done, fail)
  } catch (error) {
    fail(error)
  }
  returned = true
  return (outcome as string) === 'done'
}
