import type { EventMark } from '../model/mark.ts'
import type { MaybePromise } from '../model/projection.ts'
import type { LeaseClaim } from './leases.ts'

/** What a save of a position may be held to. */
export interface SavePositionOptions {
  /** The position that must be stored now, `0` for none; otherwise a `PositionConflictError`, and nothing is saved. */
  readonly expected?: number
  /** The lease under which it is saved: one that is lost is a `LeaseLostError`, checked in the same commit. */
  readonly lease?: LeaseClaim
  /** Identifies the last event handled; kept with the position, in the same commit. */
  readonly mark?: EventMark
}

/** Where projectors keep their positions. */
export interface PositionStore {
  /** The stored position; `0` where there is none. */
  load(name: string): MaybePromise<number>
  /** Stores a position in the place of any other, also of a later one: back to `0` is how a projector is reset. */
  save(name: string, position: number, options?: SavePositionOptions): MaybePromise<void>
  /**
   * The mark that was saved with the stored position; `undefined` where there is none, also where the position was saved
   * without one since. Absent: the store keeps no marks, and another log is not noticed.
   */
  loadMark?(name: string): MaybePromise<EventMark | undefined>
}
