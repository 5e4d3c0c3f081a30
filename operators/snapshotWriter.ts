import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs'
import { checkFunction, checkOptions, checkScheduler } from './kernel/arguments.ts'
import { checkKeys } from './model/keys.ts'
import type { Snapshot } from './model/snapshot.ts'
import type { RestOptions } from './saving/SaveRest.ts'
import { type OnSaveError, type SaveSnapshot, SnapshotSaver } from './saving/SnapshotSaver.ts'

/** Options of `snapshotWriter`. */
export interface SnapshotWriterOptions<State> extends RestOptions {
  /**
   * Receives the error and the snapshot of each failed save. Without it, and without an `onError` of the operator, the error
   * goes where RxJS reports unhandled errors.
   */
  readonly onError?: OnSaveError<State>
}

/** Saves snapshots for several operators and across several subscriptions. Made by {@link snapshotWriter}. */
export interface SnapshotWriter<State> {
  /** Emits each snapshot after it is durable. Never completes, never errors. */
  readonly saved$: Observable<Snapshot<State>>
  /** @internal */
  readonly saver: SnapshotSaver<State>
}

/**
 * Makes a writer that `snapshotEvery` and `snapshotAfter` share: a save by one then counts for both.
 *
 * The writer outlives a subscription. It holds the save in flight, so that a new run waits for the old run's save before its
 * own, and the last durable offset. A save in flight is never cancelled, even by unsubscribing.
 *
 * The completion and the errors of an operator do not wait for a rest: on completion, the newest snapshot is saved immediately
 * if it is unsaved.
 *
 * @param save makes a snapshot durable: returns nothing, or a promise or an observable (its completion counts).
 * @param scheduler the clock and the timer of the rests; `asyncScheduler` by default.
 * @example
 * ```ts
 * import { snapshotWriter } from 'rx-projection/operators'
 *
 * const saved: unknown[] = []
 * const writer = snapshotWriter<number>((snapshot) => { saved.push(snapshot) })
 * writer.saved$.subscribe(({ offset }) => console.log(`durable up to ${offset}`))
 * ```
 * @throws {TypeError} names the invalid argument.
 */
export function snapshotWriter<State>(
  save: SaveSnapshot<State>,
  options: SnapshotWriterOptions<State> = {},
  scheduler: SchedulerLike = asyncScheduler,
): SnapshotWriter<State> {
  checkFunction('save', save)
  checkOptions(options, 'onError', 'restFor', 'restAfterFailure')
  checkKeys(options, ['onError', 'restFor', 'restAfterFailure'])
  checkScheduler('scheduler', scheduler)
  const saver = new SnapshotSaver(save, options.onError, options, scheduler)
  return { saved$: saver.saved.asObservable(), saver }
}
