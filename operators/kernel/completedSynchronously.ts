import { isObservable, type Observable } from 'rxjs'
import { isPromiseLike } from '../model/maybePromise.ts'

/** What a user's callback may answer: a value, or a promise or an observable that says when it is done. */
export type Outcome = unknown | PromiseLike<unknown> | Observable<unknown>

/**
 * Whether an outcome is done already. If not, `later` or `failed` is called when it is, once. A failure that is already known,
 * also one that a look at the outcome throws, is passed to `failed` immediately (and the answer is `false`).
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

/** The same for a promise. One of the language's own is never done now; a foreign one may call back while it is asked. */
export function settledSynchronously(
  promise: PromiseLike<unknown>,
  later: () => void,
  failed: (error: unknown) => void,
): boolean {
  return settled(later, failed, (done, fail) => void promise.then(done, fail))
}

/** Asks something foreign to call back. The first answer counts: it may call back again, or throw behind it. */
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
