import type { OperatorFunction } from 'rxjs'
import type { EventMark, LogEvent, MaybePromise, OneOrMany } from '../../../operators/model/index.ts'

/** What a run does between the log and its handle; a projection's and a projector's differ in this alone. */
export interface Work<Start> {
  readonly streams: readonly string[] | undefined
  /** Where to continue. */
  load(): MaybePromise<Start>
  offsetOf(start: Start): number
  /** Identifies the last event before there, where that is known. */
  markOf(start: Start): EventMark | undefined
  /** Called when `load` has answered, before the first event. */
  hydrated(start: Start): void
  /** The stages behind `ensureSequential`; they emit the position of each step. A step is published when it is emitted. */
  stages(start: Start): OperatorFunction<OneOrMany<LogEvent>, number>
  caughtUp(): void
  /** Whether something was handled whose position is not saved, also by a run that has failed. Absent: never. */
  owes?(): boolean
  /** Makes durable what is not yet, then calls back, whether that went well or not. */
  flush(done: () => void): void
  /** Whether somebody would see a fault. */
  observed(): boolean
  /** Ends what the handle shows: with the fault, or completed. */
  end(fault: { readonly error: unknown } | undefined): void
}
