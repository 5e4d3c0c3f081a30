import type { LogEvent } from './event.ts'

/**
 * The reaction to a failure, decided where the failure happened: `retry` after a wait, `skip` or `park` the event, or `stop`
 * the run as faulted. A policy returns `retry` and `stop`; no stage handles the other two yet.
 */
export type Decision = 'retry' | 'skip' | 'park' | 'stop'

/** A failure, as described by the stage or the run in which it happened. */
export interface Failure {
  readonly error: unknown
  /** The event whose handler failed; `undefined` if the failure does not belong to an event but to a store, a lease or a gap. */
  readonly event?: LogEvent | undefined
}
