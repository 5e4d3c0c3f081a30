import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import type { Lease, LeaseClaim, LeaseOptions } from '../../../operators/ports/leases.ts'
import { joinedOwner, leftOwner, ownerOf } from './jointOwner.ts'

/** What is stored of a lease, for as long as the store exists: its epoch never goes back. */
export interface LeaseRow {
  readonly epoch: number
  readonly owner: string
  /** How long it is held without a renewal, in ms; 0 when it was given back. */
  readonly ttl: number
  /** How often it was renewed: with the epoch, it tells whether the row has moved. */
  readonly renewals: number
}

/** The row of the next holder. */
export function nextHolder(row: LeaseRow | undefined, options: LeaseOptions): LeaseRow {
  return { epoch: (row?.epoch ?? 0) + 1, owner: ownerOf(options), ttl: options.ttl, renewals: 0 }
}

/** The row of a lease that is held when one more has joined it; `undefined` where it cannot. */
export function joined(row: LeaseRow | undefined, options: LeaseOptions): LeaseRow | undefined {
  const owner = row && joinedOwner(row.owner, options)
  return row && owner !== undefined
    ? { ...row, owner, ttl: Math.max(row.ttl, options.ttl), renewals: row.renewals + 1 }
    : undefined
}

/** The row of a holder that goes on, for the longest time that was asked for where others hold it, too. */
export function renewed(row: LeaseRow, { joint }: Lease, ttl: number): LeaseRow {
  return { ...row, ttl: joint === undefined ? ttl : Math.max(row.ttl, ttl), renewals: row.renewals + 1 }
}

/** The row of a lease that was given back, by all who hold it or by one of them: the others have to show that they live. */
export function givenBack(row: LeaseRow, lease: Lease): LeaseRow {
  const owner = leftOwner(row.owner, lease)
  return owner === undefined ? { ...row, ttl: 0, renewals: row.renewals + 1 } : { ...row, owner }
}

/** What the holder of a lease is given. */
export function leaseOf(name: string, { epoch }: LeaseRow, { owner, joint }: LeaseOptions): Lease {
  return { name, owner, epoch, ...(joint !== undefined && { joint }) }
}

/** @throws {LeaseLostError} when somebody else has held the lease since. */
export function checkHeld(row: LeaseRow | undefined, { name, epoch }: LeaseClaim): asserts row is LeaseRow {
  if (row?.epoch !== epoch) throw new LeaseLostError({ lease: name, epoch })
}
