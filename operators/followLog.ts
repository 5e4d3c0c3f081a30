import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs'
import type { EventType, Recorded } from './model/event.ts'
import type { EventReader } from './model/store.ts'
import {
  checkCount,
  checkDelay,
  checkFunction,
  checkObject,
  checkOffset,
  checkOptions,
  checkStreamList,
} from './support/arguments.ts'
import { LogFollower } from './support/LogFollower.ts'

/** How far a log has been read. */
export interface LogProgress {
  /** Every matching event up to here has been dealt with. */
  readonly through: number
  /** The last position that the log held at that read; `through = head` is caught up. */
  readonly head: number
}

/** What `followLog` may be told. */
export interface FollowLogOptions {
  /** The position to continue after. Default: 0, the beginning. */
  readonly after?: number
  /** Only events of these streams. Absent: of all. */
  readonly streams?: readonly string[]
  /** How many events a page holds at the most. Default: 512. */
  readonly pageSize?: number
  /** How long to wait for a hint, in ms, before looking for news anyway. Default: 30 000. */
  readonly catchUpAfter?: number
  /** Told after each page how far the log has been read, also over events of other streams. */
  readonly onProgress?: (progress: LogProgress) => void
}

/**
 * Reads a log in pages, first its history, then what comes, without a seam.
 *
 *     log:     abcde      f       g
 *     followLog(store, { pageSize: 3 })
 *     output:  (xy)-------f-------g---    x = [a, b, c], y = [d, e], then [f], [g]
 *
 * 1. It always reads. A hint of the store only means: read again; one that comes during a read is remembered. A hint that
 *    was lost costs `catchUpAfter` ms, no event. There is one timer, restarted by each read.
 * 2. The next page is read when the last one has been dealt with: its delivery has returned, and the asynchronous handlers
 *    that it started (`scanProjection`, `processEvents`, `processPages`) have settled. At most two pages are in memory. This
 *    holds through every operator that delivers synchronously, not behind `observeOn`, `concatMap` or `delay`.
 * 3. An event that was asked for after a position beyond the last event given out (a filter, or a proven hole) has its
 *    `previous` lowered to that event. All other events are as the store gave them.
 * 4. After 20 ms of synchronous work it lets the event loop turn once.
 * 5. A log that ends before the position reached: {@link SnapshotAheadError}. An answer that is no page:
 *    {@link InvalidPageError}. A read that throws or rejects, or hints that error: that error.
 *
 * Never completes. Unsubscribing ends the timer, drops the hints and aborts the `signal` of a read in progress.
 *
 * @param scheduler the clock and the timer; `asyncScheduler` by default.
 * @throws {TypeError | RangeError} names the argument that is wrong.
 */
export function followLog<E extends EventType>(
  store: { readonly events: EventReader<E> },
  options: FollowLogOptions = {},
  scheduler: SchedulerLike = asyncScheduler,
): Observable<readonly Recorded<E>[]> {
  checkObject('store', store)
  checkObject('store.events', store.events)
  checkFunction('store.events.read', store.events.read)
  checkOptions(options, 'onProgress')
  const { after = 0, streams, pageSize = 512, catchUpAfter = 30_000, onProgress } = options
  checkOffset('after', after)
  checkStreamList('streams', streams)
  checkCount('pageSize', pageSize)
  checkDelay('catchUpAfter', catchUpAfter)
  return new Observable((subscriber) => {
    const follower = new LogFollower(
      store.events,
      subscriber,
      { after, streams, pageSize, catchUpAfter, onProgress },
      scheduler,
    )
    follower.start()
  })
}
