import type { SchedulerLike } from 'rxjs'
import { StoreError } from '../../../../operators/ports/errors/StoreError.ts'
import { codeOf } from '../failures.ts'
import type { Driver } from './Driver.ts'
import { KEEP_ALIVE_AFTER } from './PgSessions.ts'
import { pgDriver } from './pgDriver.ts'
import { type Pglite, pgliteDriver } from './pgliteDriver.ts'
import type { PgClientClass, PgPool } from './pgTypes.ts'

/** The longest time that a timer of Node.js takes, in ms. */
const LONGEST = 2 ** 31 - 1

/** How to reach PostgreSQL: by an address, or by what the application has open already. */
export interface DriverOptions {
  readonly connectionString?: string | undefined
  readonly pool?: PgPool | Pglite | undefined
  readonly prepared: boolean
  readonly address: string
  /** How long an answer is waited for, in ms. */
  readonly patience: number
  readonly random: () => number
  readonly scheduler: SchedulerLike
}

/** Tells PGlite from a pool of `pg`. */
export function isPglite(pool: PgPool | Pglite): pool is Pglite {
  return typeof (pool as Partial<Pglite>).transaction === 'function'
}

/** Loads the client library where it is needed, and makes a driver. No connection is opened yet. */
export async function openDriver(options: DriverOptions): Promise<Driver> {
  const { connectionString, pool, address, patience } = options
  if (pool !== undefined && isPglite(pool)) {
    await pool.waitReady
    return pgliteDriver(pool, options)
  }
  if (pool !== undefined) {
    const Client = (pool as { Client?: PgClientClass }).Client ?? (await loadPg(address)).Client
    return pgDriver({ ...options, pool, Client, owned: false })
  }
  const { Client, Pool } = await loadPg(address)
  const own = new Pool({
    connectionString,
    // Later than the store gives up: it says so itself, and this ends what still tries to connect.
    connectionTimeoutMillis: Math.min(patience + 1_000, LONGEST),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER,
  })
  return pgDriver({ ...options, pool: own, Client, owned: true })
}

interface Pg {
  readonly Client: PgClientClass
  readonly Pool: new (config: object) => PgPool
}

async function loadPg(address: string): Promise<Pg> {
  try {
    const { default: pg } = await import('pg')
    return pg as unknown as Pg
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new StoreError(address, 'the package pg is missing: npm install pg', { cause: error })
  }
}
