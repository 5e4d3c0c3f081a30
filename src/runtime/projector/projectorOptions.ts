import { checkFunction } from '../../../operators/kernel/arguments.ts'
import type { EventReader, LeaseStore, PositionStore, Transactions } from '../../../operators/ports/index.ts'
import { checkPlaces, checkRunOptions, type PushSource, type RunOptions } from '../lifecycle/runOptions.ts'

/** Where a projector's events come from and its position is kept: a store, or a push source and a place for positions. */
export type ProjectorStore<Context> =
  | {
      /** Anything with these facets; where it has `transactions`, the position moves in the handler's own transaction. */
      readonly store: {
        readonly events: EventReader
        readonly positions: PositionStore
        readonly transactions?: Transactions<Context>
        readonly leases?: LeaseStore
      }
      readonly source?: undefined
      readonly positions?: undefined
    }
  | {
      readonly store?: undefined
      /**
       * Begins after a position. It is live once it emits an empty array (it has caught up), which moves nothing, or `liveAfter` ms
       * after a subscription that has not failed. Its completing is an error that is retried.
       */
      readonly source: PushSource
      readonly positions: PositionStore
    }

/** What `startProjector` is told. */
export type ProjectorOptions<Context = unknown> = ProjectorStore<Context> & RunOptions

/** @throws {TypeError | RangeError} names the option that is wrong, or unknown. */
export function checkProjectorOptions<Context>(options: ProjectorOptions<Context>): void {
  checkRunOptions(options, ['positions'])
  checkPlaces(options, 'positions')
  const { transactions } = options.store ?? {}
  if (transactions !== undefined) checkFunction('store.transactions.run', transactions.run)
}
