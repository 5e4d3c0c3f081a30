import type { OperatorFunction } from 'rxjs'
import type { EventMark, LogEvent, MaybePromise, OneOrMany } from '../../../operators/model/index.ts'

/** The work of a run between the log and its handle. Projections and projectors differ only in this. */
export interface Work<Start> {
  readonly streams: readonly string[] | undefined
  /** Loads the start: where to continue. */
  load(): MaybePromise<Start>
  offsetOf(start: Start): number
  /** Identifies the last event up to the start, if known. */
  markOf(start: Start): EventMark | undefined
  /** Called after `load` has answered, before the first event. */
  hydrated(start: Start): void
  /** The stages after `ensureSequential`. They emit the position of each step after they have published the step. */
  stages(start: Start): OperatorFunction<OneOrMany<LogEvent>, number>
  caughtUp(): void
  /** Whether some progress is handled but not saved, also if the run has failed. Absent: never. */
  owes?(): boolean
  /** Saves all unsaved progress, then calls `done`, also if a save fails. */
  flush(done: () => void): void
  /** Whether an observer would receive a fault. */
  observed(): boolean
  /** Ends the observables of the handle: with the fault, or by completing them. */
  end(fault: { readonly error: unknown } | undefined): void
}
