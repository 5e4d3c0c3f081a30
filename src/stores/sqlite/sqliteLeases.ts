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
 * Makes the leases of a file: a row each, for the processes of one machine. A row says for how long it is held, and counts its
 * renewals; who waits for it goes by its own monotonic clock. One that was given back in this process is hinted at; one of
 * another process is found by asking again.
 *
 * @param now a monotonic clock, in ms.
 */
export function sqliteLeases(connection: Connection, now: () => number): LeaseStore {
  const released = new Subject<void>()
  const watch = new LeaseWatch(now)
  const save = (name: string, row: LeaseRow): void => {
    const { epoch, owner, ttl, renewals } = row
    // For versions that go by the time of day alone: they see a lease that is held as held.
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

/** Checks, within the transaction of a save, that it is made under a lease which is still held. */
export function checkLease(connection: Connection, claim: LeaseClaim | undefined): void {
  if (claim !== undefined) checkHeld(loadLease(connection, claim.name), claim)
}

/**
 * The row of a lease. An older version writes none of what tells that it moved but `until`, and not its `ttl`: it is taken to
 * be that of the one who asks, who usually runs with the same options.
 */
function loadLease(connection: Connection, name: string, ttlOfOlder = 1): LeaseRow | undefined {
  const row = connection.prepare(LOAD).get(name) as unknown as Row | undefined
  if (row === undefined) return undefined
  const [epoch, owner, until, ttl, renewals] = row
  if (ttl !== null && renewals !== null) return { epoch, owner, ttl, renewals }
  return { epoch, owner, ttl: until === 0 ? 0 : ttlOfOlder, renewals: until }
}
