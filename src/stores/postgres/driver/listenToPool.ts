import type { PgPool, PgPoolClient } from './pgTypes.ts'

/** What a store wants to know of a pool. */
export interface PoolListener {
  /** A connection broke while it was idle. */
  readonly error: (error: Error) => void
  /** A connection was made. */
  readonly connect: (client: PgPoolClient) => void
}

interface SharedListener extends PoolListener {
  readonly listeners: Set<PoolListener>
}

/** One listener of a pool's serves all stores over it: Node warns of many. */
const pools = new WeakMap<PgPool, SharedListener>()

/**
 * Listens to what happens to the connections of a pool. It replaces those that broke; an error that nobody listened to would end
 * the process.
 *
 * @returns a function that stops listening.
 */
export function listenToPool(pool: PgPool, listener: PoolListener): () => void {
  const shared = pools.get(pool) ?? attach(pool)
  shared.listeners.add(listener)
  return () => {
    shared.listeners.delete(listener)
    if (shared.listeners.size > 0 || pools.get(pool) !== shared) return
    pools.delete(pool)
    pool.off('error', shared.error)
    pool.off('connect', shared.connect)
  }
}

function attach(pool: PgPool): SharedListener {
  const listeners = new Set<PoolListener>()
  const shared: SharedListener = {
    listeners,
    error: (error) => {
      for (const listener of listeners) listener.error(error)
    },
    connect: (client) => {
      for (const listener of listeners) listener.connect(client)
    },
  }
  pools.set(pool, shared)
  pool.on('error', shared.error)
  pool.on('connect', shared.connect)
  return shared
}
