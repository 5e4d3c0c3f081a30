import { asyncScheduler, type SchedulerLike } from 'rxjs'

/** Everything before it, in ms since 1970, is no time of day of today: virtual time, or a computer without a clock. */
const LONG_AGO = 1e11

/**
 * A clock to measure durations with, in ms, for one subscription. It never goes back, and no correction of the time of day
 * moves it. Its zero says nothing: only differences do.
 *
 * Where time is virtual, it is the scheduler's: of a `VirtualTimeScheduler`, or of a scheduler of one's own. The
 * schedulers of RxJS that run in real time (`asyncScheduler`, `asapScheduler`, …) tell the time of day, so for them it is
 * `performance.now()`; while a `TestScheduler` runs, they tell its time, and that counts.
 */
export function clockOf(scheduler: SchedulerLike): () => number {
  const isReal = scheduler.now === asyncScheduler.now && !runsInTest(scheduler)
  return isReal ? () => performance.now() : () => scheduler.now()
}

/** Whether a `TestScheduler` in run mode has taken the clock of a real scheduler over. */
function runsInTest(scheduler: SchedulerLike): boolean {
  const now = scheduler.now()
  return now < LONG_AGO && Math.abs(now - Date.now()) > 1_000
}
