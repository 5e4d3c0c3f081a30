import type { LogEvent } from './event.ts'

/**
 * What to do about a failure, decided where it happened: `retry` it after a wait, `skip` or `park` the event, or `stop` the run as
 * faulted. A policy returns `retry` and `stop`; no stage handles the other two yet.
 */
export type Decision = 'retry' | 'skip' | 'park' | 'stop'

/** A failure, as the stage or the run that met it describes it. */
export interface Failure {
  readonly error: unknown
  /** The event whose handler failed; `undefined` where the failure belongs to none: a store, a lease, a gap. */
  readonly event?: LogEvent | undefined
}
