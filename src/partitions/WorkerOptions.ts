import type { MaybePromise } from '../../operators/model/index.ts'
import type { LeaseStore, PositionStore } from '../../operators/ports/index.ts'
import type { RunId } from '../runtime/lifecycle/keys.ts'
import type { RunOptions } from '../runtime/lifecycle/runOptions.ts'
import type { ShareOptions } from './PartitionShare.ts'

/** What a worker needs to know, whether it runs a projection or a projector. */
export interface WorkerOptions extends ShareOptions, Pick<RunOptions, 'scheduler' | 'signal' | 'onError'> {
  readonly name: string
  /** What has the partitions, without an instance. Default: a projector of that name. */
  readonly id?: RunId
  readonly store: { readonly positions: PositionStore; readonly leases: LeaseStore }
  /** The last position of the log. */
  readonly head: () => MaybePromise<number>
  /** Whether somebody would see a fault, in addition to subscribers of the partitions. */
  readonly observed?: () => boolean
  /** Called when the worker has ended, with its fault if it faulted. */
  readonly onEnd?: (fault: { readonly error: unknown } | undefined) => void
}
