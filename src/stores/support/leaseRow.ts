import { LeaseLostError } from '../../../operators/model/errors/LeaseLostError.ts'
import type { Lease, LeaseClaim, LeaseOptions } from '../../../operators/model/lease.ts'
import { checkName, checkNumber, checkOptions } from './checkArguments.ts'
import { joinedOwner, leftOwner, ownerOf } from './jointOwner.ts'

/** What is stored of a lease, for as long as the store exists: its epoch never goes back. */
export interface LeaseRow {
  readonly epoch: number
  readonly owner: string
  /** Until when it is held without a renewal, in ms since 1970; 0 when it was given back. */
  readonly until: number
}

/** The row of the next holder, or of one more joint holder; `undefined` while somebody else holds it. */
export function nextHolder(row: LeaseRow | undefined, options: LeaseOptions, now: number): LeaseRow | undefined {
  if (row === undefined || row.until <= now) {
    return { epoch: (row?.epoch ?? 0) + 1, owner: ownerOf(options), until: now + options.ttl }
  }
  const owner = joinedOwner(row.owner, options)
  return owner === undefined ? undefined : { ...row, owner, until: Math.max(row.until, now + options.ttl) }
}

/** The row of a lease that is held until another time, at the least where others hold it, too. */
export function renewedUntil(row: LeaseRow, { joint }: Lease, until: number): LeaseRow {
  return { ...row, until: joint === undefined ? until : Math.max(row.until, until) }
}

/** The row of a lease that was given back, by all who hold it or by one of them. */
export function givenBack(row: LeaseRow, lease: Lease): LeaseRow {
  const owner = leftOwner(row.owner, lease)
  return owner === undefined ? { ...row, until: 0 } : { ...row, owner }
}

/** What the holder of a lease is given. */
export function leaseOf(name: string, { epoch }: LeaseRow, { owner, joint }: LeaseOptions): Lease {
  return { name, owner, epoch, ...(joint !== undefined && { joint }) }
}

/** @throws {LeaseLostError} when somebody else has held the lease since. */
export function checkHeld(row: LeaseRow | undefined, { name, epoch }: LeaseClaim): asserts row is LeaseRow {
  if (row?.epoch !== epoch) throw new LeaseLostError({ lease: name, epoch })
}

/** @throws {TypeError | RangeError} names the argument that is wrong. */
export function checkLeaseOptions(name: unknown, options: LeaseOptions): void {
  checkName('name', name)
  if (options === undefined) throw new TypeError('options must be an object, not undefined')
  checkOptions(options)
  checkName('owner', options.owner)
  if (options.joint !== undefined) checkName('joint', options.joint)
  checkTtl(options.ttl)
}

/** @throws {RangeError} when a time to live is no positive whole number of ms. */
export function checkTtl(ttl: unknown): void {
  checkNumber('ttl', ttl)
}
