import { asyncScheduler, type SchedulerLike } from 'rxjs'

/** A time below this, in ms since 1970, is not the current time of day: time is virtual, or the computer's clock is not set. */
const LONG_AGO = 1e11

/**
 * A clock that measures durations, in ms, for one subscription. It never goes back, and corrections of the time of day do not
 * affect it. Its zero is arbitrary: use only differences.
 *
 * In virtual time, the clock is the scheduler's: of a `VirtualTimeScheduler`, or of a custom scheduler. The RxJS schedulers
 * that run in real time (`asyncScheduler`, `asapScheduler`, …) return the time of day, so for them the clock is
 * `performance.now()`. While a `TestScheduler` runs, they return its time, and that time counts.
 */
export function clockOf(scheduler: SchedulerLike): () => number {
  const isReal = scheduler.now === asyncScheduler.now && !runsInTest(scheduler)
  return isReal ? () => performance.now() : () => scheduler.now()
}

/** Whether a `TestScheduler` in run mode has replaced the clock of a real scheduler. */
function runsInTest(scheduler: SchedulerLike): boolean {
  const now = scheduler.now()
  return now < LONG_AGO && Math.abs(now - Date.now()) > 1_000
}
