import type { EventMark } from '../model/mark.ts'
import type { MaybePromise } from '../model/projection.ts'
import type { LeaseClaim } from './leases.ts'

/** Options of a save of a position. */
export interface SavePositionOptions {
  /**
   * The position that must be stored now, `0` for none. If another is stored, the save throws a `PositionConflictError` and
   * saves nothing.
   */
  readonly expected?: number
  /**
   * The lease under which the position is saved. If the lease is lost, the save throws a `LeaseLostError`. The check is in the
   * same commit.
   */
  readonly lease?: LeaseClaim
  /** Identifies the last event handled; saved with the position, in the same commit. */
  readonly mark?: EventMark
}

/** Stores the positions of projectors. */
export interface PositionStore {
  /** The stored position; `0` if there is none. */
  load(name: string): MaybePromise<number>
  /** Stores a position and replaces the stored one, also a later one. To reset a projector, save `0`. */
  save(name: string, position: number, options?: SavePositionOptions): MaybePromise<void>
  /**
   * The mark that was saved with the stored position; `undefined` if there is none. A later save of the position without a mark
   * removes the mark. Absent: the store keeps no marks, and another log is not detected.
   */
  loadMark?(name: string): MaybePromise<EventMark | undefined>
}
