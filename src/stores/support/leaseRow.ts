import { LeaseLostError } from '../../../operators/model/errors/LeaseLostError.ts'
import type { LeaseClaim, LeaseOptions } from '../../../operators/model/lease.ts'
import { checkName, checkNumber, checkRequiredOptions } from './checkArguments.ts'

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
export function nextHolder(row: LeaseRow | undefined, { owner, ttl }: LeaseOptions): LeaseRow {
  return { epoch: (row?.epoch ?? 0) + 1, owner, ttl, renewals: 0 }
}

/** The row of a holder that goes on. */
export function renewed(row: LeaseRow, ttl: number): LeaseRow {
  return { ...row, ttl, renewals: row.renewals + 1 }
}

/** The row of a lease that was given back. */
export function givenBack(row: LeaseRow): LeaseRow {
  return { ...row, ttl: 0, renewals: row.renewals + 1 }
}

/** @throws {LeaseLostError} when somebody else has held the lease since. */
export function checkHeld(row: LeaseRow | undefined, { name, epoch }: LeaseClaim): asserts row is LeaseRow {
  if (row?.epoch !== epoch) throw new LeaseLostError({ lease: name, epoch })
}

/** @throws {TypeError | RangeError} names the argument that is wrong. */
export function checkLeaseOptions(name: unknown, options: LeaseOptions): void {
  checkName('name', name)
  checkRequiredOptions(options, ['owner', 'ttl', 'joint'])
  checkName('owner', options.owner)
  checkTtl(options.ttl)
}

/** @throws {RangeError} when a time to live is no positive whole number of ms. */
export function checkTtl(ttl: unknown): void {
  checkNumber('ttl', ttl)
}
