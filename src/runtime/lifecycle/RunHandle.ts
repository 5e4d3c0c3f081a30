import type { Observable } from 'rxjs'
import type { TelemetryEvent } from '../observe/telemetry.ts'
import type { Status } from './status.ts'
import type { WaitOptions } from './Waits.ts'

/** The options of a stop. */
export interface StopOptions {
  /** In ms. After this time `stop()` rejects with a `TimeoutError`. Default: 5 000. */
  readonly timeout?: number
}

/** The members that the handles of projections and projectors share. */
export interface RunHandle extends AsyncDisposable {
  /** The name, with `@instance` if one was given: the key in the store. */
  readonly name: string
  /**
   * The processed position of the log; it also advances over events of other streams. Late subscribers receive the latest
   * position. Never decreases.
   */
  readonly position$: Observable<number>
  /** The status of the run. Late subscribers receive the latest status. */
  readonly status$: Observable<Status>
  /** The telemetry of the run. Without subscribers, the run builds no telemetry events. */
  readonly telemetry$: Observable<TelemetryEvent>
  /** Reads now instead of at the next hint. Resolves when the run has caught up with that read; you need not await it. */
  catchUp(options?: WaitOptions): Promise<void>
  /** Resolves when the run has processed every event whose append finished before the call. No timeout by default. */
  whenCaughtUp(options?: WaitOptions): Promise<void>
  /** Resolves when the run has passed a position. Rejects with a `TimeoutError` after 5 000 ms by default. */
  whenProcessed(position: number, options?: WaitOptions): Promise<void>
  /**
   * Stops the run: reads no new page, lets the current handler end, saves all unsaved progress, completes every observable, then
   * resolves. A failure during the stop goes to `onError` and is not retried. `stop()` is idempotent.
   */
  stop(options?: StopOptions): Promise<void>
}
