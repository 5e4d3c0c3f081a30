import type { MaybePromise } from '../model/projection.ts'
import type { PositionStore } from './positions.ts'

/** Passed to the work inside a store's transaction. */
export interface Transaction<Context> {
  /** The store's connection or client, for use by a handler. */
  readonly context: Context
  /** Moves the position within the transaction. */
  readonly positions: PositionStore
}

/** A store whose transactions commit a projector's own writes together with its position. */
export interface Transactions<Context> {
  /**
   * Runs the work, then commits; rolls back when the work throws or rejects.
   *
   * @returns the result of the work.
   */
  run<T>(work: (transaction: Transaction<Context>) => MaybePromise<T>): MaybePromise<T>
}
