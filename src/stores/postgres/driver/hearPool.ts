import type { PgPool, PgPoolClient } from './pgTypes.ts'

/** What is heard of a pool. */
export interface PoolHearer {
  /** A connection broke while it was idle. */
  readonly error: (error: Error) => void
  /** A connection was made. */
  readonly connect: (client: PgPoolClient) => void
}

interface Heard extends PoolHearer {
  readonly hearers: Set<PoolHearer>
}

/** One listener of a pool's serves all stores over it: Node warns of many. */
const pools = new WeakMap<PgPool, Heard>()

/**
 * Hears what happens to the connections of a pool. It replaces those that broke; an error that nobody listened to would end
 * the process.
 *
 * @returns stops to listen.
 */
export function hearPool(pool: PgPool, hearer: PoolHearer): () => void {
  const heard = pools.get(pool) ?? listen(pool)
  heard.hearers.add(hearer)
  return () => {
    heard.hearers.delete(hearer)
    if (heard.hearers.size > 0 || pools.get(pool) !== heard) return
    pools.delete(pool)
    pool.off('error', heard.error)
    pool.off('connect', heard.connect)
  }
}

function listen(pool: PgPool): Heard {
  const hearers = new Set<PoolHearer>()
  const heard: Heard = {
    hearers,
    error: (error) => {
      for (const hearer of hearers) hearer.error(error)
    },
    connect: (client) => {
      for (const hearer of hearers) hearer.connect(client)
    },
  }
  pools.set(pool, heard)
  pool.on('error', heard.error)
  pool.on('connect', heard.connect)
  return heard
}
