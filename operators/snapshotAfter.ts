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
 * Saves the newest snapshot some time after the first event that is not saved yet, and passes every snapshot through.
 *
 *     source:  --1--2--------3--------
 *     snapshotAfter(5, save)
 *     output:  --1--2--------3--------
 *     saves:   -------2-----------3---
 *
 * 1. A save is due `ms` after the first event that no save has taken, however many follow, and takes the newest snapshot of
 *    the moment. An ignored event counts as one: it moves the offset. What is saved is not saved again.
 * 2. One save is in flight at a time; one that gets due meanwhile begins when it ends.
 * 3. A failing save never breaks the stream: `onError(error, snapshot)`, and `ms` after the failure it is tried again, also
 *    without a new event.
 * 4. Completion waits for the save in flight, saves what is newest and unsaved, then completes, also when that fails.
 *    An error passes on at once, and nothing is saved. Unsubscribing ends the timer; a save in flight goes on.
 * 5. `Infinity` turns it off: also completion then saves nothing.
 *
 * @param ms from 0 to 2³¹ − 1 ms, or `Infinity`.
 * @param save a function (as for {@link snapshotWriter}), or a writer to share with `snapshotEvery` and later runs.
 * @param scheduler the clock and the timer; `asyncScheduler` by default.
 * @throws {TypeError | RangeError} names the argument that is wrong.
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
  /** When the first event came that no save has taken; `undefined` when there is none. */
  #since: number | undefined
  /** The time has come, and the saver was not free. */
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
    // The timer runs on: when it fires, it looks at what has come since. So a save costs no timer.
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
      // Whatever a clock says, no wait is longer than the one that was asked for.
      this.#arm(Math.min(left, this.#ms))
      return
    }
    this.due = true
    this.save()
  }
}
