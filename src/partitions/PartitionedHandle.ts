import type { Observable } from 'rxjs'
import type { StopOptions } from '../runtime/lifecycle/RunHandle.ts'
import type { Status } from '../runtime/lifecycle/status.ts'
import type { WaitOptions } from '../runtime/lifecycle/Waits.ts'

/** A worker that runs some of the partitions of a projection or a projector. */
export interface PartitionedHandle extends AsyncDisposable {
  readonly name: string
  /** The partitions that this worker runs, in order; the newest first. */
  readonly partitions$: Observable<readonly number[]>
  /**
   * Where this worker's partitions stand: the least far of them; `hydrating` while it has none, and `retrying` while it
   * has none since the store fails, or does not answer: `onError` is told. A fault of one partition is a
   * fault of the worker. Errors never.
   */
  readonly status$: Observable<Status>
  /** Resolves when each of this worker's partitions has dealt with what was appended before the call. No timeout by default. */
  whenCaughtUp(options?: WaitOptions): Promise<void>
  /** Leaves: finishes the pages in hand, makes the last states durable, and gives all partitions back. */
  stop(options?: StopOptions): Promise<void>
}

/** A worker that runs some of the partitions of a projection. */
export interface PartitionedProjectionHandle<State> extends PartitionedHandle {
  /** The states of this worker's partitions, by partition, after each change; the newest first. Errors when it faults. */
  readonly states$: Observable<ReadonlyMap<number, State>>
  /** The states of this worker's partitions, with everything that was appended before the call. Timeout: 5 000 ms. */
  state(options?: WaitOptions): Promise<ReadonlyMap<number, State>>
}
