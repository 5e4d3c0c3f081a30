import { asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs'
import {
  checkCount,
  checkDelay,
  checkObject,
  checkOffset,
  checkOptions,
  checkScheduler,
  startOf,
} from './kernel/arguments.ts'
import { operate } from './kernel/operate.ts'
import type { LogEvent, OneOrMany } from './model/event.ts'
import { checkKeys } from './model/keys.ts'
import type { EnsureSequentialOptions } from './sequence/EnsureSequentialOptions.ts'
import { SequenceStage } from './sequence/SequenceStage.ts'

/**
 * Emits events in the log's order, each once, and errors if one is missing.
 *
 *     source:  --1--2--2--3--5--|
 *     ensureSequential()
 *     output:  --1--2-----3--#          MissedEventError { received: 5, last: 3, missing: [4, 4] }
 *
 *     source:  --1--3--2-----|
 *     ensureSequential({ hold: { for: 10, atMost: 5 } })
 *     output:  --1-----(23)--|
 *
 * 1. The next event passes. It is the next if its `id` is above the last position and its `previous` (`id - 1` if absent) is at
 *    or below it.
 * 2. An event at or below the last position is dropped: `onDuplicate(event, last)` is called once for each.
 * 3. A gap is a {@link MissedEventError}. With `hold`, up to `atMost` later events first wait for up to `for` ms from when that
 *    gap was first seen. When the missing events arrive, all pass in order. If the time is over, more events would have to
 *    wait, or the source completes, the output errors with a {@link MissedEventError}. An error of the source discards the
 *    waiting events.
 * 4. A message without a stream, a type or a payload goes to `onUnhandled` instead of the output; the same rules apply to its
 *    position.
 * 5. If an `id` is not a positive safe integer, or a `previous` is outside 0…id − 1, the output errors with an
 *    {@link InvalidPositionError}.
 * 6. A batch is checked as a whole: duplicates are removed, the valid part before an error is emitted first, and an empty batch
 *    is not emitted. The received array is never changed. If nothing had to be removed, the output emits the same array.
 *
 * Completion, errors and unsubscription pass through; unsubscribing ends a wait.
 *
 * @param scheduler the clock and the timer of `hold`; `asyncScheduler` by default.
 * @example
 * ```ts
 * import { of } from 'rxjs'
 * import { ensureSequential } from 'rx-projection/operators'
 *
 * const event = (id: number) => ({ id, stream: 'shop', type: 'Sold', payload: 5 })
 * of(event(1), event(1), event(2)).pipe(ensureSequential()).subscribe(({ id }) => console.log(id)) // prints 1, 2
 * ```
 * @throws {TypeError | RangeError} names the invalid argument.
 */
export function ensureSequential<T extends OneOrMany<LogEvent>>(
  options: EnsureSequentialOptions<EventIn<T>> = {},
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<T> {
  checkOptions(options, 'onDuplicate', 'onUnhandled')
  checkKeys(options, ['after', 'onDuplicate', 'onUnhandled', 'hold'])
  const { after = 0, hold } = options
  const start = startOf(after, (last) => checkOffset('after', last))
  if (hold !== undefined) {
    checkObject('hold', hold)
    checkKeys(hold, ['for', 'atMost'], 'hold')
    checkDelay('hold.for', hold.for)
    checkCount('hold.atMost', hold.atMost)
  }
  checkScheduler('scheduler', scheduler)
  return operate((output) => new SequenceStage(output, start(), options as EnsureSequentialOptions, scheduler))
}

/** The event type of an event, or of a batch of events. */
export type EventIn<T> = T extends readonly (infer E extends LogEvent)[] ? E : Extract<T, LogEvent>
