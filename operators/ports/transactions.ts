import type { MaybePromise } from '../model/projection.ts'
import type { PositionStore } from './positions.ts'

/** A piece of work inside a store's transaction. */
export interface Transaction<Context> {
  /** What a handler may use: the store's connection or client. */
  readonly context: Context
  /** Where the position moves within the transaction. */
  readonly positions: PositionStore
}

/** A store in whose transactions a projector's own writes and its position commit together. */
export interface Transactions<Context> {
  /**
   * Runs the work, then commits; rolls back when it throws or rejects.
   *
   * @returns what the work returned.
   */
  run<T>(work: (transaction: Transaction<Context>) => MaybePromise<T>): MaybePromise<T>
}
