import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import type { Lease, LeaseOptions, LeaseStore } from '../../../operators/ports/leases.ts'
import { checkAcquire, checkRelease, checkRenewal } from '../support/checkArguments.ts'
import { codeOf } from './failures.ts'
import { HeldLocks } from './HeldLocks.ts'
import { LeaseSession } from './LeaseSession.ts'
import { leaseStatements } from './leaseStatements.ts'
import type { StoreContext } from './StoreContext.ts'

const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Makes the leases of a store. A lease is a row, that counts epochs, and a lock of the holder's session: when its process
 * dies, its connection ends, and the lease is free at once; when it only stands still, it is free after its time, by the
 * server's clock.
 */
export function postgresLeases(shared: StoreContext): LeaseStore {
  const { alone, jointly } = leaseStatements(shared.schema, shared.tables)
  const of = ({ joint }: Pick<Lease, 'joint'>) => (joint === undefined ? alone : jointly)
  const holders = new HeldLocks()
  let current: Promise<LeaseSession> | undefined

  /** One session carries the leases of this store; when it ends, all of them are lost, and the next has a new one. */
  function session(): Promise<LeaseSession> {
    if (current === undefined) {
      current = watch()
      current.catch(() => {
        current = undefined
      })
    }
    return current
  }

  async function watch(): Promise<LeaseSession> {
    const opened = new LeaseSession(await (await shared.own()).session(), shared.scheduler)
    opened.ended$.subscribe(() => {
      current = undefined
    })
    return opened
  }

  shared.onClose(async () => {
    const opened = await current?.catch(() => undefined)
    if (opened?.alive) {
      // PGlite's session outlives the store. Any other's locks end with it, also where it ends just now.
      await opened.ask(alone.unlockAll, [holders.alone]).catch(() => undefined)
      await opened.ask(jointly.unlockAll, [holders.jointly]).catch(() => undefined)
    }
    await opened?.close()
  })

  return {
    hints$: shared.untilClosed(shared.hintsOf(shared.leaseChannel)),
    async acquire(name: string, options: LeaseOptions): Promise<Lease | undefined> {
      shared.checkOpen()
      checkAcquire(name, options)
      const holder = await session()
      try {
        const { owner, ttl, joint } = options
        // A joint row names no single holder: its lock knows how many there are.
        const [row] = await holder.ask(
          of(options).take,
          [name, joint === undefined ? owner : JSON.stringify({ joint }), ttl],
          ttl,
        )
        if (row === undefined) return undefined
        const epoch = Number(row[0])
        const lease: Lease = { name, epoch, owner, ...(joint !== undefined && { joint }), lost$: holder.ended$ }
        holders.add(lease, holder)
        return lease
      } catch (error) {
        // Its holder commits, or stands still while it does: no time to take it over.
        if (codeOf(error) === LOCK_NOT_AVAILABLE) return undefined
        throw error
      }
    },
    async renew(lease: Lease, options: { readonly ttl: number }): Promise<void> {
      shared.checkOpen()
      checkRenewal(lease, options)
      const { ttl } = options
      const { name, epoch } = lease
      const [row] = (await holders.sessionOf(lease)?.ask(of(lease).renew, [name, epoch, ttl], ttl)) ?? []
      if (row === undefined) throw new LeaseLostError({ lease: name, epoch })
    },
    async release(lease: Lease): Promise<void> {
      shared.checkOpen()
      checkRelease(lease)
      const { name, epoch } = lease
      const holder = holders.sessionOf(lease)
      holders.delete(lease)
      await holder?.ask(of(lease).release, [name, epoch, shared.leaseChannel])
    },
  }
}
