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
import type { Connection } from './connection.ts'

const LOAD = 'SELECT epoch, owner, until FROM rx_leases WHERE name = ?'

const SAVE = 'INSERT OR REPLACE INTO rx_leases (name, epoch, owner, until) VALUES (?, ?, ?, ?)'

/**
 * Makes the leases of a file: a row each, for the processes of one machine, whose clock they share. One that was given back
 * in this process is hinted at; one of another process is found by asking again.
 */
export function sqliteLeases(connection: Connection, now: () => string): LeaseStore {
  const released = new Subject<void>()
  const time = (): number => Date.parse(now())
  const save = (name: string, { epoch, owner, until }: LeaseRow): void => {
    connection.prepare(SAVE).run(name, epoch, owner, until)
  }
  return {
    hints$: released.asObservable(),
    acquire(name: string, options: LeaseOptions): Lease | undefined {
      checkLeaseOptions(name, options)
      return connection.write(() => {
        const row = nextHolder(loadLease(connection, name), options, time())
        if (row === undefined) return undefined
        save(name, row)
        return leaseOf(name, row, options)
      })
    },
    renew(lease: Lease, { ttl }: { readonly ttl: number }): void {
      checkTtl(ttl)
      connection.write(() => {
        const row = loadLease(connection, lease.name)
        checkHeld(row, lease)
        save(lease.name, renewedUntil(row, lease, time() + ttl))
      })
    },
    release(lease: Lease): void {
      const shared = connection.write(() => {
        const row = loadLease(connection, lease.name)
        if (row?.epoch !== lease.epoch) return false
        const left = givenBack(row, lease)
        save(lease.name, left)
        return left.until > 0
      })
      if (!shared) released.next()
    },
  }
}

/** Checks, within the transaction of a save, that it is made under a lease which is still held. */
export function checkLease(connection: Connection, claim: LeaseClaim | undefined): void {
  if (claim !== undefined) checkHeld(loadLease(connection, claim.name), claim)
}

function loadLease(connection: Connection, name: string): LeaseRow | undefined {
  const row = connection.prepare(LOAD).get(name) as unknown as [number, string, number] | undefined
  return row && { epoch: row[0], owner: row[1], until: row[2] }
}
