import { Subject } from 'rxjs'
import type { Lease, LeaseClaim, LeaseOptions, LeaseStore } from '../../../operators/ports/leases.ts'
import { checkAcquire, checkRelease, checkRenewal } from '../support/checkArguments.ts'
import { LeaseWatch } from '../support/LeaseWatch.ts'
import { checkHeld, givenBack, joined, type LeaseRow, leaseOf, nextHolder, renewed } from '../support/leaseRow.ts'
import type { Connection } from './Connection.ts'

const LOAD = 'SELECT epoch, owner, until, ttl, renewals FROM rx_leases WHERE name = ?'

const SAVE = `INSERT OR REPLACE INTO rx_leases (name, epoch, owner, until, ttl, renewals) VALUES (?, ?, ?, ?, ?, ?)`

type Row = [epoch: number, owner: string, until: number, ttl: number | null, renewals: number | null]

/**
 * Creates the leases of a file: one row per lease, for the processes of one machine. A row holds the `ttl` of its lease and
 * counts the renewals. A process that waits for the lease measures the time with its own monotonic clock. `hints$` emits when
 * this process releases a lease. Standbys find the releases of other processes when they ask again.
 *
 * @param now a monotonic clock, in ms.
 */
export function sqliteLeases(connection: Connection, now: () => number): LeaseStore {
  const released = new Subject<void>()
  const watch = new LeaseWatch(now)
  const save = (name: string, row: LeaseRow): void => {
    const { epoch, owner, ttl, renewals } = row
    // For older versions, which only compare the time of day: they treat a held lease as held.
    const until = ttl === 0 ? 0 : Date.now() + ttl
    connection.prepare(SAVE).run(name, epoch, owner, until, ttl, renewals)
    watch.saw(name, row)
  }
  return {
    hints$: released.asObservable(),
    acquire(name: string, options: LeaseOptions): Lease | undefined {
      checkAcquire(name, options)
      return connection.write(() => {
        const held = loadLease(connection, name, options.ttl)
        const row = watch.isFree(name, held) ? nextHolder(held, options) : joined(held, options)
        if (row === undefined) return undefined
        save(name, row)
        return leaseOf(name, row, options)
      })
    },
    renew(lease: Lease, options: { readonly ttl: number }): void {
      checkRenewal(lease, options)
      connection.write(() => {
        const row = loadLease(connection, lease.name)
        checkHeld(row, lease)
        save(lease.name, renewed(row, lease, options.ttl))
      })
    },
    release(lease: Lease): void {
      checkRelease(lease)
      const shared = connection.write(() => {
        const row = loadLease(connection, lease.name)
        if (row?.epoch !== lease.epoch) return false
        const left = givenBack(row, lease)
        save(lease.name, left)
        return left.ttl > 0
      })
      if (!shared) released.next()
    },
  }
}

/** Checks, within the transaction of a save, that the lease of the save is still held. */
export function checkLease(connection: Connection, claim: LeaseClaim | undefined): void {
  if (claim !== undefined) checkHeld(loadLease(connection, claim.name), claim)
}

/**
 * Reads the row of a lease. An older version writes only `until` at a renewal, and no `ttl`. For the `ttl`, this uses the one of
 * the process that asks, because that process usually runs with the same options.
 */
function loadLease(connection: Connection, name: string, ttlOfOlder = 1): LeaseRow | undefined {
  const row = connection.prepare(LOAD).get(name) as unknown as Row | undefined
  if (row === undefined) return undefined
  const [epoch, owner, until, ttl, renewals] = row
  if (ttl !== null && renewals !== null) return { epoch, owner, ttl, renewals }
  return { epoch, owner, ttl: until === 0 ? 0 : ttlOfOlder, renewals: until }
}
