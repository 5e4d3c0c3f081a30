import type { Observable } from 'rxjs'
import type { TelemetryEvent } from '../observe/telemetry.ts'
import type { Status } from './status.ts'
import type { WaitOptions } from './Waits.ts'

/** How long a stop may take. */
export interface StopOptions {
  /** In ms, after which `stop()` rejects with a `TimeoutError`. Default: 5 000. */
  readonly timeout?: number
}

/** What the handles of projections and projectors have in common. */
export interface RunHandle extends AsyncDisposable {
  /** The name, with `@instance` where one was given: the key in the store. */
  readonly name: string
  /** How far the log has been dealt with, also over events of other streams. The newest first; never goes back. */
  readonly position$: Observable<number>
  /** Where the run stands; the newest first. */
  readonly status$: Observable<Status>
  /** What happens in the run; nothing is built while nobody listens. */
  readonly telemetry$: Observable<TelemetryEvent>
  /** Reads now in place of at the next hint. Resolves when caught up with that read; needs not be awaited. */
  catchUp(options?: WaitOptions): Promise<void>
  /** Resolves when every event is dealt with whose append finished before the call. No timeout by default. */
  whenCaughtUp(options?: WaitOptions): Promise<void>
  /** Resolves when a position is passed. Rejects with a `TimeoutError` after 5 000 ms by default. */
  whenProcessed(position: number, options?: WaitOptions): Promise<void>
  /**
   * Reads no new page, lets the handler in hand end, makes durable what is not yet, completes everything, then resolves. A
   * failure on the way is told to `onError` and not retried. Calling it twice is as once.
   */
  stop(options?: StopOptions): Promise<void>
}
