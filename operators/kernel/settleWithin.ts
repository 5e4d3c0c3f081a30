import type { SchedulerLike, Subscription } from 'rxjs'
import { TimeoutError } from '../model/errors/TimeoutError.ts'

/** How long to wait for a promise, and the name of the operation. */
export interface Bound {
  /** In ms. */
  readonly timeout: number
  /** Names the operation in the error. */
  readonly operation: string
  readonly scheduler: SchedulerLike
}

/** The callbacks of a wait. */
export interface Settling<T> {
  readonly resolved: (value: T) => void
  readonly rejected: (error: unknown) => void
  /** Receives a value that arrives after the timeout. Absent: the value is ignored. A late rejection is always ignored. */
  readonly late?: (value: T) => void
}

/**
 * Calls back once: with the result of the promise, or with a {@link TimeoutError} when the promise takes too long. Unsubscribe
 * the returned timer to remove the time limit. The timer ends when the promise settles.
 */
export function settleWithin<T>(
  promise: PromiseLike<T>,
  { timeout, operation, scheduler }: Bound,
  { resolved, rejected, late }: Settling<T>,
): Subscription {
  let isLate = false
  const timer = scheduler.schedule(() => {
    isLate = true
    rejected(new TimeoutError(operation, timeout))
  }, timeout)
  const settle = (): boolean => {
    timer.unsubscribe()
    return !isLate
  }
  try {
    promise.then(
      (value) => (settle() ? resolved(value) : late?.(value)),
      (error: unknown) => {
        if (settle()) rejected(error)
      },
    )
  } catch (error) {
    if (settle()) rejected(error)
  }
  return timer
}
