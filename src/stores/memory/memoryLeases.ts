import { Subject } from 'rxjs'
import type { Lease, LeaseClaim, LeaseOptions, LeaseStore } from '../../../operators/ports/leases.ts'
import { checkAcquire, checkRelease, checkRenewal } from '../support/checkArguments.ts'
import { LeaseWatch } from '../support/LeaseWatch.ts'
import { checkHeld, givenBack, joined, type LeaseRow, leaseOf, nextHolder, renewed } from '../support/leaseRow.ts'

/** The leases of a memory store, and the check that its other facets run before they save under a lease. */
export interface MemoryLeases {
  readonly leases: LeaseStore
  /** @throws {LeaseLostError} */
  readonly check: (claim: LeaseClaim | undefined) => void
  readonly close: () => void
}

/**
 * Creates leases in memory, for the workers of one process and for tests.
 *
 * @param now a monotonic clock, in ms.
 */
export function memoryLeases(now: () => number, checkOpen: () => void): MemoryLeases {
  const rows = new Map<string, LeaseRow>()
  const watch = new LeaseWatch(now)
  const released = new Subject<void>()
  const save = (name: string, row: LeaseRow): void => {
    rows.set(name, row)
    watch.saw(name, row)
  }
  const leases: LeaseStore = {
    hints$: released.asObservable(),
    acquire(name: string, options: LeaseOptions): Lease | undefined {
      checkOpen()
      checkAcquire(name, options)
      const held = rows.get(name)
      const row = watch.isFree(name, held) ? nextHolder(held, options) : joined(held, options)
      if (row === undefined) return undefined
      save(name, row)
      return leaseOf(name, row, options)
    },
    renew(lease: Lease, options: { readonly ttl: number }): void {
      checkOpen()
      checkRenewal(lease, options)
      const row = rows.get(lease.name)
      checkHeld(row, lease)
      save(lease.name, renewed(row, lease, options.ttl))
    },
    release(lease: Lease): void {
      checkOpen()
      checkRelease(lease)
      const row = rows.get(lease.name)
      if (row?.epoch !== lease.epoch) return
      const left = givenBack(row, lease)
      save(lease.name, left)
      if (left.ttl === 0) released.next()
    },
  }
  return {
    leases,
    check: (claim) => claim && checkHeld(rows.get(claim.name), claim),
    close: () => released.complete(),
  }
}
