import type { Observable } from 'rxjs'
import type { Snapshot } from '../../../operators/model/index.ts'
import type { RunHandle } from '../lifecycle/RunHandle.ts'
import type { WaitOptions } from '../lifecycle/Waits.ts'

/** The options for reading a state. */
export interface StateOptions extends WaitOptions {
  /** Waits for this position instead of a read that begins after the call. Use it to read your own writes. */
  readonly atLeast?: number
}

/** A running projection. */
export interface ProjectionHandle<State> extends RunHandle {
  /**
   * The hydrated state first (also for an empty log), then the state after each page that changed it; a single append is a page
   * of one. Late subscribers receive the latest state. Completes when the projection stops, errors when it faults. It never goes
   * back: after a retry, it emits nothing until the projection has passed the last emitted state.
   */
  readonly state$: Observable<State>
  /** Each snapshot after it was saved. Completes when the projection ends. */
  readonly snapshot$: Observable<Snapshot<State>>
  /** The latest state and the position of its last event, without waiting; `undefined` before hydration. */
  readonly current: Snapshot<State> | undefined
  /**
   * The state after a read that begins after the call, so it includes every event whose append finished before the call. With
   * `atLeast`, the state as soon as the projection has passed that position. Rejects with a `TimeoutError` (5 000 ms by default),
   * with the fault of the projection, or with a `ProjectionStoppedError`.
   */
  state(options?: StateOptions): Promise<State>
  /** Like `state`, with the offset. */
  snapshot(options?: StateOptions): Promise<Snapshot<State>>
  /**
   * Saves the latest state now, regardless of `snapshotEvery` and `snapshotAfter`, and resolves with the saved snapshot. If
   * nothing is unsaved, resolves with the last saved snapshot. Rejects when the save fails, and for the same reasons as `state`.
   */
  takeSnapshot(options?: WaitOptions): Promise<Snapshot<State>>
}
