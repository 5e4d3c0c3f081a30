import type { Lease, LeaseStore } from '../ports/leases.ts'

/** Which lease `exclusively` needs, and how it is held. */
export interface ExclusivelyOptions {
  /** Where the lease is kept; the `leases` of a store. */
  readonly leases: LeaseStore
  /** The name of the lease: those who use the same one exclude each other. */
  readonly name: string
  /** Tells holders apart, in messages and tables. */
  readonly owner: string
  /** Shares the lease with all who give the same tag, and keeps out who gives another one or none. Absent: shares it with nobody. */
  readonly joint?: string
  /** How long the lease is held without a renewal, in ms: a holder that dies is followed after this time. Default: 10 000. */
  readonly ttl?: number
  /** How long to wait between two renewals, in ms. Default: a third of `ttl`. */
  readonly renewEvery?: number
  /** How long a standby waits before it asks again, in ms; a hint of the store is quicker. Default: a third of `ttl`. */
  readonly acquireEvery?: number
  /** Told of the lease before the source is subscribed: what is saved under its epoch is fenced. */
  readonly onAcquired?: (lease: Lease) => void
  /** Told once when somebody else holds the lease and this subscription waits for it. */
  readonly onStandby?: () => void
  /** Told of a renewal or a release that failed; renewals are tried again until `ttl` is over. */
  readonly onError?: (error: unknown) => void
}
