import {
  checkCount,
  checkDelay,
  checkFunction,
  checkObject,
  checkReader,
  checkSignal,
} from '../../operators/kernel/arguments.ts'
import { inspect } from '../../operators/model/errors/inspect.ts'
import { checkKeys } from '../../operators/model/keys.ts'
import type {
  EventReader,
  LeaseStore,
  PositionStore,
  SnapshotStore,
  Transactions,
} from '../../operators/ports/index.ts'
import { checkStoreIsNamed, RUN_OPTIONS, type RunOptions } from '../runtime/lifecycle/runOptions.ts'
import type { ProjectionOptions } from '../runtime/projection/projectionOptions.ts'
import type { ProjectorOptions } from '../runtime/projector/projectorOptions.ts'

/** What of a store is needed to share partitions, whatever they do. */
export interface PartitionedStore {
  readonly events: EventReader
  readonly positions: PositionStore
  readonly leases: LeaseStore
}

/** How partitions are shared. */
export interface PartitionOptions {
  /** How many there are; the same for all workers, and for good: it is stored under `name/partitions`. */
  readonly partitions: number
  /** Tells workers apart, in messages and tables. Default: a random UUID. */
  readonly worker?: string
  /** After how many ms without a sign of life a worker counts as dead. Signs are given every third of it. Default: 10 000. */
  readonly ttl?: number
}

type Without<Options> = Omit<
  Options,
  'store' | 'source' | 'snapshots' | 'positions' | 'hold' | 'instance' | 'exclusive'
>

/** What `startPartitioned` is told of a projection. */
export type PartitionedProjectionOptions<State> = PartitionOptions &
  Without<ProjectionOptions<State>> & { readonly store: PartitionedStore & { readonly snapshots: SnapshotStore } }

/** What `startPartitioned` is told of a projector. */
export type PartitionedProjectorOptions<Context> = PartitionOptions &
  Without<ProjectorOptions<Context>> & {
    readonly store: PartitionedStore & { readonly transactions?: Transactions<Context> }
  }

const PARTITION = ['partitions', 'worker', 'ttl']

/** Of the options of a run, those that have no meaning for partitions, or are each partition's own. */
const OTHERS_OWN = ['source', 'snapshots', 'positions', 'hold', 'instance', 'exclusive']

/**
 * @param own the options that runs of this kind have beside those of all runs.
 * @throws {TypeError | RangeError} names the option that is wrong, or unknown. The rest is checked as that of each run.
 */
export function checkPartitionOptions(
  options: PartitionOptions & Pick<RunOptions, 'signal'> & { readonly store: PartitionedStore },
  own: readonly string[],
): void {
  checkObject('options', options)
  const known = [...PARTITION, ...RUN_OPTIONS, ...own].filter((name) => !OTHERS_OWN.includes(name))
  checkStoreIsNamed(options)
  checkKeys(options, known)
  const { store, partitions, worker = 'w', ttl = 1 } = options
  checkReader(store)
  checkObject('store.positions', store.positions)
  checkObject('store.leases', store.leases)
  for (const method of ['acquire', 'renew', 'release'] as const) {
    checkFunction(`store.leases.${method}`, store.leases[method])
  }
  checkSignal('signal', options.signal)
  checkCount('partitions', partitions)
  checkCount('ttl', ttl)
  checkDelay('ttl', ttl)
  if (typeof worker !== 'string' || worker === '') {
    throw new TypeError(`worker must be a non-empty string, not ${inspect(worker)}`)
  }
}
