import { inspect } from '../../operators/model/errors/inspect.ts'
import type {
  EventReader,
  LeaseStore,
  PositionStore,
  SnapshotStore,
  Transactions,
} from '../../operators/model/index.ts'
import { isPromiseLike } from '../../operators/model/maybePromise.ts'
import { checkCount, checkDelay, checkFunction, checkObject } from '../../operators/support/arguments.ts'
import type { ProjectionOptions } from '../projection/projectionOptions.ts'
import type { ProjectorOptions } from '../projector/projectorOptions.ts'

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

const OTHERS_OWN = ['source', 'snapshots', 'positions', 'hold', 'instance', 'exclusive']

/** @throws {TypeError | RangeError} names the option that is wrong. The rest is checked as that of each run. */
export function checkPartitionOptions(options: PartitionOptions & { readonly store: PartitionedStore }): void {
  checkObject('options', options)
  for (const name of OTHERS_OWN) if (name in options) throw new TypeError(`unknown option: ${name}`)
  const { store, partitions, worker = 'w', ttl = 1 } = options
  checkObject('store', store)
  if (isPromiseLike(store))
    throw new TypeError('store is a promise: await it first, as in { store: await openStore(url) }')
  checkObject('store.events', store.events)
  checkFunction('store.events.read', store.events.read)
  checkObject('store.positions', store.positions)
  checkObject('store.leases', store.leases)
  checkCount('partitions', partitions)
  checkCount('ttl', ttl)
  checkDelay('ttl', ttl)
  if (typeof worker !== 'string' || worker === '') {
    throw new TypeError(`worker must be a non-empty string, not ${inspect(worker)}`)
  }
}
