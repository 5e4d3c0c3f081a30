import { checkCount, checkDelay, checkOptionalFunction, checkSwitch } from '../../../operators/kernel/arguments.ts'
import type { Snapshot } from '../../../operators/model/index.ts'
import type { EventReader, LeaseStore, SnapshotStore } from '../../../operators/ports/index.ts'
import { checkPlaces, checkRunOptions, type PushSource, type RunOptions } from '../lifecycle/runOptions.ts'

/** Where a projection's events come from and its snapshots go to: a store, or a push source and a place for snapshots. */
export type ProjectionStore =
  | {
      /** Anything with these two facets; see `memory()` and `sqlite()`. */
      readonly store: { readonly events: EventReader; readonly snapshots: SnapshotStore; readonly leases?: LeaseStore }
      readonly source?: undefined
      readonly snapshots?: undefined
    }
  | {
      readonly store?: undefined
      /**
       * Begins after a position. It is live once it emits an empty array (it has caught up), which moves nothing, or `liveAfter` ms
       * after a subscription that has not failed. Its completing is an error that is retried.
       */
      readonly source: PushSource
      readonly snapshots: SnapshotStore
    }

/** What `startProjection` is told. */
export type ProjectionOptions<State> = ProjectionStore &
  RunOptions & {
    /** Saves a snapshot each time so many events have been folded. `Infinity`: never. Default: 100. */
    readonly snapshotEvery?: number
    /** Saves a snapshot so many ms after the first event that is not in one. `Infinity`: never. Default: 30 000. */
    readonly snapshotAfter?: number
    /**
     * Whether saves leave room for the work: after one that took d ms the next due one waits for 9 d ms, and one that failed
     * is tried again after a wait as `retry` has them, also without a new event. `takeSnapshot()` and `stop()` do not
     * wait. `false`: a due save begins when the one before it has ended, and the next event tries again what failed.
     * Default: `true`.
     */
    readonly paceSaves?: boolean
    /** Whether an event type without a handler is an error. Default: `true`. */
    readonly strictOnline?: boolean
    /**
     * Freezes states and events deeply, for development and tests: a handler that changes them in place is a `HandlerError` of
     * that event. Default: `false`.
     */
    readonly freeze?: boolean
    /**
     * Told of the snapshot that a run begins with, before its first event. A promise is waited for, however long it takes; a stop
     * does not wait for it.
     */
    readonly onInit?: (snapshot: Snapshot<State>) => unknown
    /** Told of the newest snapshot each time that history has been read. */
    readonly onCaughtUp?: (snapshot: Snapshot<State>) => void
  }

/** The names of the options that runs of projections have beside those of all runs. */
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

/** @throws {TypeError | RangeError} names the option that is wrong, or unknown. */
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
