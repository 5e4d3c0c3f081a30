import { asyncScheduler, type SchedulerLike } from 'rxjs'

/**
 * A clock to measure durations with, in ms: the scheduler's, so that it stands still where time is virtual; in real time
 * the finer one, since most saves take less than a millisecond.
 */
export function clockOf(scheduler: SchedulerLike): () => number {
  return scheduler === asyncScheduler ? () => performance.now() : () => scheduler.now()
}
