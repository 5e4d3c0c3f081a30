import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import type { Lease, LeaseClaim, LeaseOptions } from '../../../operators/ports/leases.ts'
import { joinedOwner, leftOwner, ownerOf } from './jointOwner.ts'

/** The stored row of a lease. It exists as long as the store, so that the epoch never decreases. */
export interface LeaseRow {
  readonly epoch: number
  readonly owner: string
  /** How long the lease is held without a renewal, in ms; 0 after its release. */
  readonly ttl: number
  /** The number of renewals. Together with the epoch, it shows whether the row has changed. */
  readonly renewals: number
}

/** The row of the next holder. */
export function nextHolder(row: LeaseRow | undefined, options: LeaseOptions): LeaseRow {
  return { epoch: (row?.epoch ?? 0) + 1, owner: ownerOf(options), ttl: options.ttl, renewals: 0 }
}

/** The row of a held lease after another holder has joined; `undefined` if it cannot join. */
export function joined(row: LeaseRow | undefined, options: LeaseOptions): LeaseRow | undefined {
  const owner = row && joinedOwner(row.owner, options)
  return row && owner !== undefined
    ? { ...row, owner, ttl: Math.max(row.ttl, options.ttl), renewals: row.renewals + 1 }
    : undefined
}

/** The row after a renewal. A joint lease keeps the longest `ttl` of its holders. */
export function renewed(row: LeaseRow, { joint }: Lease, ttl: number): LeaseRow {
  return { ...row, ttl: joint === undefined ? ttl : Math.max(row.ttl, ttl), renewals: row.renewals + 1 }
}

/** The row after a release by the last holder, or by one of several. In the latter case the others must renew to keep it. */
export function givenBack(row: LeaseRow, lease: Lease): LeaseRow {
  const owner = leftOwner(row.owner, lease)
  return owner === undefined ? { ...row, ttl: 0, renewals: row.renewals + 1 } : { ...row, owner }
}

/** The lease that its holder receives. */
export function leaseOf(name: string, { epoch }: LeaseRow, { owner, joint }: LeaseOptions): Lease {
  return { name, owner, epoch, ...(joint !== undefined && { joint }) }
}

/** @throws {LeaseLostError} another owner has held the lease since. */
export function checkHeld(row: LeaseRow | undefined, { name, epoch }: LeaseClaim): asserts row is LeaseRow {
  if (row?.epoch !== epoch) throw new LeaseLostError({ lease: name, epoch })
}
