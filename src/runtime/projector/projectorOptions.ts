import { checkFunction } from '../../../operators/kernel/arguments.ts'
import type { EventReader, LeaseStore, PositionStore, Transactions } from '../../../operators/ports/index.ts'
import { checkPlaces, checkRunOptions, type PushSource, type RunOptions } from '../lifecycle/runOptions.ts'

/** The origin of a projector's events and the place of its position: a store, or a push source and a position store. */
export type ProjectorStore<Context> =
  | {
      /** Any store with these facets. If it has `transactions`, the position moves in the handler's own transaction. */
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
       * Emits the events after a position. It is live once it emits an empty array (which means that it has caught up, and does
       * not move the position), or `liveAfter` ms after its subscription if it has not failed. If it completes, that is an error
       * and is retried.
       */
      readonly source: PushSource
      readonly positions: PositionStore
    }

/** The options of `startProjector`. */
export type ProjectorOptions<Context = unknown> = ProjectorStore<Context> & RunOptions

/** @throws {TypeError | RangeError} names the wrong or unknown option. */
export function checkProjectorOptions<Context>(options: ProjectorOptions<Context>): void {
  checkRunOptions(options, ['positions'])
  checkPlaces(options, 'positions')
  const { transactions } = options.store ?? {}
  if (transactions !== undefined) checkFunction('store.transactions.run', transactions.run)
}
