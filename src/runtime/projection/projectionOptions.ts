import { checkCount, checkDelay, checkOptionalFunction, checkSwitch } from '../../../operators/kernel/arguments.ts'
import type { Snapshot } from '../../../operators/model/index.ts'
import type { EventReader, LeaseStore, SnapshotStore } from '../../../operators/ports/index.ts'
import { checkPlaces, checkRunOptions, type PushSource, type RunOptions } from '../lifecycle/runOptions.ts'

/** The origin of a projection's events and the place of its snapshots: a store, or a push source and a snapshot store. */
export type ProjectionStore =
  | {
      /** Any store with these facets; see `memory()` and `sqlite()`. */
      readonly store: { readonly events: EventReader; readonly snapshots: SnapshotStore; readonly leases?: LeaseStore }
      readonly source?: undefined
      readonly snapshots?: undefined
    }
  | {
      readonly store?: undefined
      /**
       * Emits the events after a position. It is live once it emits an empty array (which means that it has caught up, and does
       * not move the position), or `liveAfter` ms after its subscription if it has not failed. If it completes, that is an error
       * and is retried.
       */
      readonly source: PushSource
      readonly snapshots: SnapshotStore
    }

/** The options of `startProjection`. */
export type ProjectionOptions<State> = ProjectionStore &
  RunOptions & {
    /** Saves a snapshot each time this many events have been folded. `Infinity`: never. Default: 100. */
    readonly snapshotEvery?: number
    /** Saves a snapshot this many ms after the first unsaved event. `Infinity`: never. Default: 30 000. */
    readonly snapshotAfter?: number
    /**
     * Whether saves leave time for the work. After a save that took d ms, the next due save waits for 9 d ms. A failed save is
     * retried after a wait as in `retry`, also without a new event. `takeSnapshot()` and `stop()` do not wait. With `false`, a
     * due save begins when the previous one has ended, and the next event retries a failed save. Default: `true`.
     */
    readonly paceSaves?: boolean
    /** Whether an event type without a handler is an error. Default: `true`. */
    readonly strictOnline?: boolean
    /**
     * Freezes states and events deeply, for development and tests. A handler that changes them in place fails with a
     * `HandlerError` for that event. Default: `false`.
     */
    readonly freeze?: boolean
    /**
     * Receives the snapshot that a run begins with, before the first event. The run waits for a returned promise, without a
     * timeout; a stop does not wait for it.
     */
    readonly onInit?: (snapshot: Snapshot<State>) => unknown
    /** Receives the latest snapshot each time the projection has caught up with the history. */
    readonly onCaughtUp?: (snapshot: Snapshot<State>) => void
  }

/** The names of the options that only projections have. */
export const PROJECTION_OPTIONS: readonly string[] = [
  'snapshots',
  'snapshotEvery',
  'snapshotAfter',
  'paceSaves',
  'strictOnline',
  'freeze',
  'onInit',
  'onCaughtUp',
]

/** @throws {TypeError | RangeError} names the wrong or unknown option. */
export function checkProjectionOptions(options: ProjectionOptions<never>): void {
  checkRunOptions(options, PROJECTION_OPTIONS)
  checkPlaces(options, 'snapshots')
  const { snapshotEvery = 1, snapshotAfter = 0 } = options
  if (snapshotEvery !== Infinity) checkCount('snapshotEvery', snapshotEvery)
  if (snapshotAfter !== Infinity) checkDelay('snapshotAfter', snapshotAfter)
  for (const name of ['paceSaves', 'strictOnline', 'freeze'] as const) checkSwitch(name, options[name])
  checkOptionalFunction('onInit', options.onInit)
  checkOptionalFunction('onCaughtUp', options.onCaughtUp)
}
