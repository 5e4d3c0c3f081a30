import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs'
import type { FollowLogOptions } from './follow/FollowLogOptions.ts'
import { LogFollower } from './follow/LogFollower.ts'
import {
  checkCount,
  checkDelay,
  checkMark,
  checkOffset,
  checkOptions,
  checkReader,
  checkScheduler,
  checkStreamList,
  checkTimeout,
} from './kernel/arguments.ts'
import type { EventType, Recorded } from './model/event.ts'
import { checkKeys } from './model/keys.ts'
import type { EventReader } from './ports/events.ts'

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
 * 3. A `previous` that the first event of a page carries is lowered to the last event given out: a store knows only what it
 *    was asked after. All other events are as the store gave them. One without `previous` says that the event at `id - 1` was
 *    given out; where it was not, the store lost it, and `ensureSequential` notices.
 * 4. It shares a budget with all others on the same scheduler: after 20 ms of synchronous work, whoever did it, they let the
 *    event loop turn once, then go on in the order in which they stopped.
 * 5. A read that does not answer within `readTimeout` ms: its `signal` is aborted, and the output errors with a
 *    {@link TimeoutError}. What such a read answers later is ignored. Time in which handlers are waited for does not count.
 * 6. With a `mark`, the log is asked for that event before the first page. After each emission of the store's `reconnects$` it
 *    is asked again, for the last event given out, or for `mark` while there is none. Another event there: a
 *    {@link LogMismatchError}. No event there, though the log has been decided beyond it: it was deleted, and that passes. Where
 *    it is not decided yet, nothing is read before it is. Such a read does not count for `onProgress`.
 * 7. A log that ends before the position reached: {@link SnapshotAheadError}. An answer that is no page:
 *    {@link InvalidPageError}. A read that throws or rejects, or hints or reconnects that error: that error.
 *
 * Never completes. Unsubscribing ends the timers, drops the hints and aborts the `signal` of a read in progress; a promise of
 * the store that never settles then holds on to nothing.
 *
 * @param scheduler the clock and the timer; `asyncScheduler` by default.
 * @throws {TypeError | RangeError} names the argument that is wrong.
 */
export function followLog<E extends EventType>(
  store: { readonly events: EventReader<E> },
  options: FollowLogOptions = {},
  scheduler: SchedulerLike = asyncScheduler,
): Observable<readonly Recorded<E>[]> {
  checkReader(store)
  checkOptions(options, 'onProgress')
  checkKeys(options, ['after', 'streams', 'pageSize', 'catchUpAfter', 'readTimeout', 'mark', 'onProgress'])
  const { after = 0, streams, pageSize = 512, catchUpAfter = 30_000, readTimeout = 30_000, mark, onProgress } = options
  checkOffset('after', after)
  checkStreamList('streams', streams)
  checkCount('pageSize', pageSize)
  checkDelay('catchUpAfter', catchUpAfter)
  checkTimeout('readTimeout', readTimeout)
  checkMark('mark', mark)
  checkScheduler('scheduler', scheduler)
  return new Observable((subscriber) => {
    const follower = new LogFollower(
      store.events,
      subscriber,
      { after, streams, pageSize, catchUpAfter, readTimeout, mark, onProgress },
      scheduler,
    )
    follower.start()
  })
}
