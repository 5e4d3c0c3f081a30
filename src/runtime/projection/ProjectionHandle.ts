import type { Observable } from 'rxjs'
import type { Snapshot } from '../../../operators/model/index.ts'
import type { RunHandle } from '../lifecycle/RunHandle.ts'
import type { WaitOptions } from '../lifecycle/Waits.ts'

/** How to read a state. */
export interface StateOptions extends WaitOptions {
  /** Waits for this position, and not for a read that begins after the call: read your own writes. */
  readonly atLeast?: number
}

/** A running projection. */
export interface ProjectionHandle<State> extends RunHandle {
  /**
   * The hydrated state first (also of an empty log), then the state after each page that changed it; a single append is a
   * page of one. Who comes late gets the newest. Completes when the projection stops, errors when it faults. It never goes
   * back: after a retry, nothing is emitted before it is past what was emitted.
   */
  readonly state$: Observable<State>
  /** Each snapshot once it is durable. Completes when the projection ends. */
  readonly snapshot$: Observable<Snapshot<State>>
  /** The newest state and the position of the last event in it, without waiting; `undefined` before hydration. */
  readonly current: Snapshot<State> | undefined
  /**
   * The state of a read that begins after the call: it has every event whose append finished before. With `atLeast`: as
   * soon as that position is passed. Rejects with `TimeoutError` (5 000 ms by default), with the fault of the projection,
   * or with `ProjectionStoppedError`.
   */
  state(options?: StateOptions): Promise<State>
  /** As `state`, with the offset. */
  snapshot(options?: StateOptions): Promise<Snapshot<State>>
  /**
   * Saves the newest state now, whatever the counts say, and resolves with it once it is durable; with the last durable one
   * where nothing is unsaved. Rejects when the save fails, and as `state` does.
   */
  takeSnapshot(options?: WaitOptions): Promise<Snapshot<State>>
}
