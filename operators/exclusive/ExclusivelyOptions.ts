import type { Lease, LeaseStore } from '../ports/leases.ts'

/** Options of `exclusively`: the required lease, and how to hold it. */
export interface ExclusivelyOptions {
  /** Stores the lease: the `leases` of a store. */
  readonly leases: LeaseStore
  /** The name of the lease: subscriptions that use the same name exclude each other. */
  readonly name: string
  /** Distinguishes holders, in messages and tables. */
  readonly owner: string
  /**
   * Shares the lease with all owners that give the same tag, and excludes owners that give another tag or none. Absent: the
   * lease is not shared.
   */
  readonly joint?: string
  /** How long the lease is held without a renewal, in ms: a standby replaces a dead holder after this time. Default: 10 000. */
  readonly ttl?: number
  /** How long to wait between two renewals, in ms. Default: a third of `ttl`. */
  readonly renewEvery?: number
  /**
   * How long a standby waits before it tries to acquire the lease again, in ms; a hint of the store is faster. Default: a third
   * of `ttl`.
   */
  readonly acquireEvery?: number
  /** Receives the lease before the source is subscribed. Saves under the lease's epoch are fenced. */
  readonly onAcquired?: (lease: Lease) => void
  /** Called once when another owner holds the lease and this subscription waits for it. */
  readonly onStandby?: () => void
  /** Receives the error of each failed renewal or release. A failed renewal is retried until `ttl` is over. */
  readonly onError?: (error: unknown) => void
}
