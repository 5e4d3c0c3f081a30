import { Subject } from 'rxjs'
import type { Lease, LeaseClaim, LeaseOptions, LeaseStore } from '../../../operators/model/lease.ts'
import {
  checkHeld,
  checkLeaseOptions,
  checkTtl,
  givenBack,
  type LeaseRow,
  leaseOf,
  nextHolder,
  renewedUntil,
} from '../support/leaseRow.ts'

/** The leases of a store in memory, and the check that its other facets make before they save under one. */
export interface MemoryLeases {
  readonly leases: LeaseStore
  /** @throws {LeaseLostError} */
  readonly check: (claim: LeaseClaim | undefined) => void
  readonly close: () => void
}

/** Makes leases in memory, for the workers of one process and for tests. */
export function memoryLeases(now: () => string, checkOpen: () => void): MemoryLeases {
  const rows = new Map<string, LeaseRow>()
  const released = new Subject<void>()
  const time = (): number => Date.parse(now())
  const leases: LeaseStore = {
    hints$: released.asObservable(),
    acquire(name: string, options: LeaseOptions): Lease | undefined {
      checkOpen()
      checkLeaseOptions(name, options)
      const row = nextHolder(rows.get(name), options, time())
      if (row === undefined) return undefined
      rows.set(name, row)
      return leaseOf(name, row, options)
    },
    renew(lease: Lease, { ttl }: { readonly ttl: number }): void {
      checkOpen()
      checkTtl(ttl)
      const row = rows.get(lease.name)
      checkHeld(row, lease)
      rows.set(lease.name, renewedUntil(row, lease, time() + ttl))
    },
    release(lease: Lease): void {
      checkOpen()
      const row = rows.get(lease.name)
      if (row?.epoch !== lease.epoch) return
      const left = givenBack(row, lease)
      rows.set(lease.name, left)
      if (left.until === 0) released.next()
    },
  }
  return {
    leases,
    check: (claim) => claim && checkHeld(rows.get(claim.name), claim),
    close: () => released.complete(),
  }
}
