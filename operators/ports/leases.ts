import type { Observable } from 'rxjs'
import type { MaybePromise } from '../model/projection.ts'

/** What a commit is checked against: a fencing token. It holds while no later epoch of that name was handed out. */
export interface LeaseClaim {
  readonly name: string
  /** 1 for the first holder, and one more for each that follows: who holds a higher one came later. */
  readonly epoch: number
}

/** A lease that is held, until it is released, lost, or not renewed in time. */
export interface Lease extends LeaseClaim {
  readonly owner: string
  /** The tag under which it is held jointly; absent where one alone holds it. A renewal and a release go by it. */
  readonly joint?: string
  /** Emits once, with why, when the holder is known to have lost it. Absent: only a renewal or a commit finds out. */
  readonly lost$?: Observable<unknown>
}

/** Who wants a lease, and for how long. */
export interface LeaseOptions {
  /** Tells holders apart, in messages and tables. */
  readonly owner: string
  /** How long it is held without a renewal, in ms. A store that watches its holders' connections may hold it longer. */
  readonly ttl: number
  /**
   * Holds the lease jointly with all who give the same tag: while it is held under that tag, an `acquire` joins it, with the same
   * epoch. Those who give another tag, or none, are kept out until the last one has given it back, or nobody has renewed
   * it for the longest `ttl` of those who joined. Each `acquire` needs an `owner` of its own: a release takes that one out. A store
   * that does not know tags may ignore them: then one at a time holds the lease.
   */
  readonly joint?: string
}

/**
 * Leases by name: at most one holder at a time, each with a higher epoch than the one before. Those who hold one jointly count
 * as one holder.
 */
export interface LeaseStore {
  /** Takes a lease that nobody holds, or whose time is over; `undefined` while somebody else holds it. */
  acquire(name: string, options: LeaseOptions): MaybePromise<Lease | undefined>
  /** Holds it for another `ttl` ms. Throws or rejects with a `LeaseLostError` when somebody else has held it since. */
  renew(lease: Lease, options: { readonly ttl: number }): MaybePromise<void>
  /** Gives it back, so that the next one need not wait; of a joint one, the part that its owner has in it. One that is lost already is let go without an error. */
  release(lease: Lease): MaybePromise<void>
  /** Emits when a lease may have become free. A lost or a needless hint does no harm. */
  readonly hints$?: Observable<unknown>
}
