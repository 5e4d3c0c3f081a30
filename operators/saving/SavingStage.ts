import type { Subscriber } from 'rxjs'
import { checkFunction, checkObject, checkOffset, checkOptions } from '../kernel/arguments.ts'
import { Stage } from '../kernel/operate.ts'
import { checkKeys } from '../model/keys.ts'
import type { ProjectedSnapshot } from '../model/snapshot.ts'
import type { SnapshotWriter } from '../snapshotWriter.ts'
import { type OnSaveError, type SaverUser, type SaveSnapshot, SnapshotSaver, type Unsaved } from './SnapshotSaver.ts'

/** Options of `snapshotEvery` and `snapshotAfter`. */
export interface SaveOptions<State> {
  /** Receives the error and the snapshot of each failed save that this operator began. */
  readonly onError?: OnSaveError<State>
}

/** A save function, or a writer. */
export type SaveTarget<State> = SaveSnapshot<State> | SnapshotWriter<State>

/** @throws {TypeError} names the invalid argument. */
export function checkSaveArguments(target: unknown, options: SaveOptions<never>): void {
  if (!isWriter(target)) checkFunction('save', target)
  checkOptions(options, 'onError')
  checkKeys(options, ['onError'])
}

/** The saver of a writer, which outlives the subscription; or a new saver, for this subscription alone. */
export function saverFor<State>(target: SaveTarget<State>): SnapshotSaver<State> {
  return isWriter<State>(target) ? target.saver : new SnapshotSaver(target)
}

function isWriter<State>(target: unknown): target is SnapshotWriter<State> {
  return (target as Partial<SnapshotWriter<State>> | null | undefined)?.saver instanceof SnapshotSaver
}

/** The common part of the two saving operators: the newest snapshot, and the behavior on completion. */
export abstract class SavingStage<State>
  extends Stage<ProjectedSnapshot<State>, ProjectedSnapshot<State>>
  implements SaverUser
{
  #newest: ProjectedSnapshot<State> | undefined
  /** The offset of the newest snapshot; -1 before the first. */
  protected offset = -1
  protected readonly saver: SnapshotSaver<State>
  readonly #onError: OnSaveError<State> | undefined
  #completing = false

  constructor(
    output: Subscriber<ProjectedSnapshot<State>>,
    saver: SnapshotSaver<State>,
    onError: OnSaveError<State> | undefined,
  ) {
    super(output)
    this.saver = saver
    // A saver of this subscription alone reports unhandled errors itself, so a guard is not needed without `onError`.
    this.#onError = onError && ((error, snapshot) => this.#report(onError, error, snapshot))
    output.add(saver.attach(this))
  }

  /**
   * Takes a snapshot as the newest. Returns the number of events that it folded. If the value is not a snapshot, or throws, the
   * output errors and the result is -1.
   */
  protected take(snapshot: ProjectedSnapshot<State>): number {
    try {
      checkObject('snapshot', snapshot)
      const { offset, events } = snapshot
      checkOffset('offset', offset)
      checkOffset('events', events)
      this.#newest = snapshot
      this.offset = offset
      return events
    } catch (error) {
      this.output.error(error)
      return -1
    }
  }

  abstract taken(offset: number): void
  /** Whether a save is due, also when no snapshot arrives. */
  protected abstract readonly due: boolean
  /** Called when the save in flight has ended. The events of a failed save must be saved again. */
  protected abstract settle(saved: boolean): void

  ended(saved: boolean): void {
    if (!this.#completing) this.settle(saved)
  }

  resume(retry: boolean): void {
    if (!this.#completing && (retry || this.due)) this.save()
  }

  protected override sourceCompleted(): void {
    this.#completing = true
    this.saver.flushLast(
      () => (this.output.closed ? undefined : this.#unsaved()),
      this.#onError,
      () => this.output.complete(),
    )
  }

  /** Whether the newest snapshot is neither durable nor in flight. */
  protected get unsaved(): boolean {
    return this.offset > this.saver.mark
  }

  /** Begins the save that is due, if the saver is free; otherwise the saver calls `resume` when it is free. */
  protected save(): void {
    if (this.saver.free && this.unsaved) this.saver.take(this.#unsaved()!, this.#onError)
  }

  #unsaved(): Unsaved<State> | undefined {
    return this.#newest && { offset: this.offset, snapshot: this.#newest }
  }

  #report(onError: OnSaveError<State>, error: unknown, snapshot: unknown): void {
    try {
      onError(error, snapshot as ProjectedSnapshot<State>)
    } catch (thrown) {
      this.output.error(thrown)
    }
  }
}
