import {
  asyncScheduler,
  type MonoTypeOperatorFunction,
  type SchedulerLike,
  type Subscriber,
  type Subscription,
} from 'rxjs'
import { checkDelay, checkScheduler } from './kernel/arguments.ts'
import { clockOf } from './kernel/clock.ts'
import { operate } from './kernel/operate.ts'
import type { ProjectedSnapshot } from './model/snapshot.ts'
import { checkSaveArguments, type SaveOptions, type SaveTarget, SavingStage, saverFor } from './saving/SavingStage.ts'
import type { OnSaveError, SnapshotSaver } from './saving/SnapshotSaver.ts'

/**
 * Saves the newest snapshot a fixed time after the first unsaved event, and passes every snapshot through.
 *
 *     source:  --1--2--------3--------
 *     snapshotAfter(5, save)
 *     output:  --1--2--------3--------
 *     saves:   -------2-----------3---
 *
 * 1. A save is due `ms` after the first event that is not part of a save, however many events follow. It saves the newest
 *    snapshot at that moment. An ignored event counts, because it advances the offset. A saved snapshot is not saved again.
 * 2. One save is in flight at a time; a save that becomes due meanwhile begins when it ends.
 * 3. A failed save never breaks the stream: `onError(error, snapshot)` is called, and `ms` after the failure the save is
 *    retried, also without a new event.
 * 4. Completion waits for the save in flight, saves the newest snapshot if it is unsaved, then completes, even if that save
 *    fails. An error passes through immediately, and nothing is saved. Unsubscribing ends the timer; a save in flight
 *    continues.
 * 5. `Infinity` turns saving off, also on completion.
 *
 * @param ms from 0 to 2³¹ − 1 ms, or `Infinity`.
 * @param save a function (as for {@link snapshotWriter}), or a writer to share with `snapshotEvery` and later runs.
 * @param scheduler the clock and the timer; `asyncScheduler` by default.
 * @throws {TypeError | RangeError} names the invalid argument.
 */
export function snapshotAfter<State>(
  ms: number,
  save: SaveTarget<State>,
  options: SaveOptions<State> = {},
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<ProjectedSnapshot<State>> {
  if (ms !== Infinity) checkDelay('ms', ms)
  checkSaveArguments(save, options)
  checkScheduler('scheduler', scheduler)
  if (ms === Infinity) return (source) => source
  return operate((output) => new AfterStage(output, saverFor(save), options.onError, ms, scheduler))
}

class AfterStage<State> extends SavingStage<State> {
  readonly #ms: number
  readonly #scheduler: SchedulerLike
  readonly #now: () => number
  /** When the first event arrived that is not part of a save; `undefined` if there is none. */
  #since: number | undefined
  /** The time is over, and the saver was not free. */
  protected due = false
  #timer: Subscription | undefined

  constructor(
    output: Subscriber<ProjectedSnapshot<State>>,
    saver: SnapshotSaver<State>,
    onError: OnSaveError<State> | undefined,
    ms: number,
    scheduler: SchedulerLike,
  ) {
    super(output, saver, onError)
    this.#ms = ms
    this.#scheduler = scheduler
    this.#now = clockOf(scheduler)
    output.add(() => this.#timer?.unsubscribe())
  }

  override next(snapshot: ProjectedSnapshot<State>): void {
    if (this.isStopped || this.take(snapshot) < 0) return
    if (this.#since === undefined && this.unsaved) this.#begin()
    this.output.next(snapshot)
  }

  taken(offset: number): void {
    if (offset < this.offset) return
    // The timer keeps running: when it fires, it checks which events arrived since. So a save costs no timer.
    this.#since = undefined
    this.due = false
  }

  protected override sourceCompleted(): void {
    this.#timer?.unsubscribe()
    super.sourceCompleted()
  }

  protected settle(saved: boolean): void {
    if (!saved && this.#since === undefined && this.unsaved) this.#begin()
  }

  #begin(): void {
    this.#since = this.#now()
    if (this.#timer === undefined) this.#arm(this.#ms)
  }

  #arm(wait: number): void {
    this.#timer = this.#scheduler.schedule(() => this.#fire(), wait)
  }

  #fire(): void {
    this.#timer = undefined
    if (this.#since === undefined) return
    const left = this.#since + this.#ms - this.#now()
    if (left > 0) {
      // Whatever the clock says, a wait is never longer than `ms`.
      this.#arm(Math.min(left, this.#ms))
      return
    }
    this.due = true
    this.save()
  }
}
