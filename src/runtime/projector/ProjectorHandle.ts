import type { RunHandle } from '../lifecycle/RunHandle.ts'

/** A running projector. Its `position$` errors when it faults. */
export interface ProjectorHandle extends RunHandle {
  /** The latest position, without waiting; `undefined` before hydration. */
  readonly position: number | undefined
}
