import type { MonoTypeOperatorFunction, Subscriber } from 'rxjs'
import { checkCount } from './kernel/arguments.ts'
import { operate } from './kernel/operate.ts'
import type { ProjectedSnapshot } from './model/snapshot.ts'
import { checkSaveArguments, type SaveOptions, type SaveTarget, SavingStage, saverFor } from './saving/SavingStage.ts'
import type { OnSaveError, SnapshotSaver } from './saving/SnapshotSaver.ts'

/**
 * Saves a snapshot each time `count` events have been folded, and passes every snapshot through.
 *
 *     source:  --1--2--3--4--|
 *     snapshotEvery(2, save)
 *     output:  --1--2--3--4--|
 *     saves:   -----2-----4---
 *
 * 1. Each snapshot is first passed through, unchanged and without delay. Then, if `count` events have been folded since the
 *    last save began, the newest snapshot is saved. Ignored events do not count.
 * 2. One save is in flight at a time. When it ends and another save is due, the newest snapshot at that moment is saved. Events
 *    that arrive during a save count towards the next save.
 * 3. A failed save never breaks the stream: `onError(error, snapshot)` is called, its events still count, and the next event
 *    triggers a retry.
 * 4. Completion waits for the save in flight, saves the newest snapshot if it is unsaved, then completes, even if that save
 *    fails. An error passes through immediately, and nothing is saved. Unsubscribing discards a due save; a save in flight
 *    continues.
 * 5. `Infinity` turns saving off, also on completion.
 *
 * @param count a positive integer of events, or `Infinity`.
 * @param save a function (as for {@link snapshotWriter}), or a writer to share with `snapshotAfter` and later runs.
 * @example
 * ```ts
 * import { of } from 'rxjs'
 * import { defineProjection, scanProjection, snapshotEvery } from 'rx-projection/operators'
 *
 * const sales = defineProjection<number, { type: 'Sold'; payload: number }>({
 *   name: 'sales',
 *   initialState: () => 0,
 *   on: { Sold: (sum, { payload }) => sum + payload },
 * })
 * const sold = (id: number) => ({ id, stream: 'shop', type: 'Sold', payload: 5 })
 * of(sold(1), sold(2), sold(3))
 *   .pipe(scanProjection(sales), snapshotEvery(2, ({ offset }) => console.log(`saved ${offset}`)))
 *   .subscribe() // prints saved 2, saved 3
 * ```
 * @throws {TypeError | RangeError} names the invalid argument.
 */
export function snapshotEvery<State>(
  count: number,
  save: SaveTarget<State>,
  options: SaveOptions<State> = {},
): MonoTypeOperatorFunction<ProjectedSnapshot<State>> {
  if (count !== Infinity) checkCount('count', count)
  checkSaveArguments(save, options)
  if (count === Infinity) return (source) => source
  return operate((output) => new EveryStage(output, saverFor(save), options.onError, count))
}

class EveryStage<State> extends SavingStage<State> {
  readonly #count: number
  /** Events folded since the last save began. */
  #events = 0
  /** Events in the save in flight. */
  #eventsInFlight = 0
  /** Events in failed saves. They count again together with the next event, so that a retry waits for it. */
  #eventsFailed = 0

  constructor(
    output: Subscriber<ProjectedSnapshot<State>>,
    saver: SnapshotSaver<State>,
    onError: OnSaveError<State> | undefined,
    count: number,
  ) {
    super(output, saver, onError)
    this.#count = count
  }

  override next(snapshot: ProjectedSnapshot<State>): void {
    if (this.isStopped) return
    const events = this.take(snapshot)
    if (events < 0) return
    this.#events += events + this.#eventsFailed
    this.#eventsFailed = 0
    this.output.next(snapshot)
    if (this.due && !this.output.closed) this.save()
  }

  taken(offset: number): void {
    if (offset < this.offset) return
    this.#eventsInFlight = this.#events + this.#eventsFailed
    this.#events = 0
    this.#eventsFailed = 0
  }

  protected get due(): boolean {
    return this.#events >= this.#count
  }

  protected settle(saved: boolean): void {
    if (!saved) this.#eventsFailed += this.#eventsInFlight
    this.#eventsInFlight = 0
  }
}
