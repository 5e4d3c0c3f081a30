import type { Observable } from 'rxjs'
import type { MaybePromise } from '../model/projection.ts'

/** A fencing token: each commit is checked against it. It is valid until a later epoch of that name is assigned. */
export interface LeaseClaim {
  readonly name: string
  /** 1 for the first holder, and one more for each later holder: a higher epoch is a later holder. */
  readonly epoch: number
}

/** A lease that is held until it is released, lost, or not renewed in time. */
export interface Lease extends LeaseClaim {
  readonly owner: string
  /** The tag under which it is held jointly; absent if one owner alone holds it. A renewal and a release use it. */
  readonly joint?: string
  /** Emits once, with the reason, when the lease is known to be lost. Absent: only a renewal or a commit detects the loss. */
  readonly lost$?: Observable<unknown>
}

/** The owner of a lease, and how long the lease lasts. */
export interface LeaseOptions {
  /** Distinguishes holders, in messages and tables. */
  readonly owner: string
  /** How long it is held without a renewal, in ms. A store that watches its holders' connections may hold it longer. */
  readonly ttl: number
  /**
   * Holds the lease jointly with all owners that give the same tag: while it is held under that tag, an `acquire` joins it,
   * with the same epoch. Owners that give another tag, or none, must wait. They wait until the last joint owner has released
   * the lease, or until no joint owner has renewed it for the longest `ttl` among them. Each `acquire` needs its own `owner`: a
   * release removes that owner. A store that does not support tags may ignore them: then one owner at a time holds the lease.
   */
  readonly joint?: string
}

/**
 * Leases by name: at most one holder at a time, each with a higher epoch than the holder before. Joint owners count as one
 * holder.
 */
export interface LeaseStore {
  /** Takes a lease that is free or expired; returns `undefined` while another owner holds it. */
  acquire(name: string, options: LeaseOptions): MaybePromise<Lease | undefined>
  /** Holds it for another `ttl` ms. Throws or rejects with a `LeaseLostError` if another owner has held it since. */
  renew(lease: Lease, options: { readonly ttl: number }): MaybePromise<void>
  /**
   * Releases the lease, so that the next owner need not wait. For a joint lease, only this owner leaves. If the lease is
   * already lost, it does nothing and does not throw.
   */
  release(lease: Lease): MaybePromise<void>
  /** Emits when a lease may have become free. A lost or an unnecessary hint does no harm. */
  readonly hints$?: Observable<unknown>
}
