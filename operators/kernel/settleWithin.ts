import type { SchedulerLike, Subscription } from 'rxjs'
import { TimeoutError } from '../model/errors/TimeoutError.ts'

/** How long a promise is waited for, and what for. */
export interface Bound {
  /** In ms. */
  readonly timeout: number
  /** Names what is waited for, in the error. */
  readonly operation: string
  readonly scheduler: SchedulerLike
}

/** What is called back. */
export interface Settling<T> {
  readonly resolved: (value: T) => void
  readonly rejected: (error: unknown) => void
  /** Given a value that came after the time was up. Absent: it is ignored. A late rejection always is. */
  readonly late?: (value: T) => void
}

/**
 * Calls back once: with how a promise has settled, or with a {@link TimeoutError} when that takes too long. Unsubscribing the timer
 * that it returns waits without an end. The timer ends when the promise settles.
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
