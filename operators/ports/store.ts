import type { EventType } from '../model/event.ts'
import type { EventLog } from './events.ts'
import type { LeaseStore } from './leases.ts'
import type { PositionStore } from './positions.ts'
import type { SnapshotStore } from './snapshots.ts'
import type { Transactions } from './transactions.ts'

/** A store is a plain object of facets, which can be combined freely. */
export interface Store<E extends EventType = EventType, Context = unknown> {
  readonly events: EventLog<E>
  readonly snapshots: SnapshotStore
  readonly positions: PositionStore
  readonly transactions?: Transactions<Context>
  readonly leases?: LeaseStore
}

/** An open store, which must be closed: `await using store = …`. */
export interface OpenStore<E extends EventType = EventType, Context = unknown>
  extends Store<E, Context>,
    AsyncDisposable {}
