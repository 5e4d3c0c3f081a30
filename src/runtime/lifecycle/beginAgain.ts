import { identity, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs'
import { retryWithJitter } from '../../../operators/retryWithJitter.ts'
import type { Work } from './Work.ts'

/** Begins a run anew at once, in the scheduler's next turn, where the work says so: that is no failure of the run. */
export function beginAgain<T>(
  work: Pick<Work<never>, 'again'>,
  onAgain: () => void,
  scheduler: SchedulerLike,
): MonoTypeOperatorFunction<T> {
  if (work.again === undefined) return identity
  const retryIf = (error: unknown): boolean => work.again!(error)
  return retryWithJitter({ delay: 0, entropy: 0, retryIf, onRetry: onAgain }, undefined, scheduler)
}
