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
 * Reads a log in pages: first its history, then new events as they arrive, without a gap between the two.
 *
 *     log:     abcde      f       g
 *     followLog(store, { pageSize: 3 })
 *     output:  (xy)-------f-------g---    x = [a, b, c], y = [d, e], then [f], [g]
 *
 * 1. It finds events only by reading. A hint of the store only triggers a read; a hint during a read is remembered. A lost hint
 *    costs `catchUpAfter` ms, and no event. There is one timer, restarted by each read.
 * 2. The next page is read after the last one has been processed: its delivery has returned, and the asynchronous handlers that
 *    it started (`scanProjection`, `processEvents`, `processPages`) have settled. At most two pages are in memory. This holds
 *    through every operator that delivers synchronously, but not after `observeOn`, `concatMap` or `delay`.
 * 3. If the first event of a page has a `previous`, it is lowered to the last delivered event, because a store knows only the
 *    requested position. All other events are unchanged. An event without `previous` states that the event at `id - 1` was
 *    delivered. If it was not, the store lost it, and `ensureSequential` detects that.
 * 4. It shares a budget with all followers on the same scheduler. After 20 ms of synchronous work by any of them, they let the
 *    event loop turn once, then continue in the order in which they stopped.
 * 5. If a read does not answer within `readTimeout` ms, its `signal` is aborted, and the output errors with a
 *    {@link TimeoutError}. A later answer to that read is ignored. Time spent waiting for handlers does not count.
 * 6. With a `mark`, that event is read from the log before the first page. After each emission of the store's `reconnects$`,
 *    the last delivered event is checked the same way, or the event of `mark` if nothing has been delivered yet. If another
 *    event is there, the output errors with a {@link LogMismatchError}. If no event is there and the log has been decided
 *    beyond the position, the event was deleted, and the check passes. If the position is not decided yet, nothing else is read
 *    until it is. Such a read does not count for `onProgress`.
 * 7. If the log ends before the position reached, the output errors with a {@link SnapshotAheadError}. If an answer is not a
 *    page, the output errors with an {@link InvalidPageError}. If a read throws or rejects, or if `hints$` or `reconnects$`
 *    errors, the output errors with that error.
 *
 * Never completes. Unsubscribing ends the timers, unsubscribes from the hints and aborts the `signal` of a read in progress. A
 * promise of the store that never settles then keeps nothing in memory.
 *
 * @param scheduler the clock and the timer; `asyncScheduler` by default.
 * @throws {TypeError | RangeError} names the invalid argument.
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
