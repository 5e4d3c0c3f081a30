import type { PgPool } from './pgTypes.ts'

type Listener = (error: Error) => void

/** Who listens to the errors of a pool. One listener of the pool's serves all stores over it: Node warns of many. */
const listeners = new WeakMap<PgPool, { readonly all: Set<Listener>; readonly hear: Listener }>()

/**
 * Hears of connections of a pool that broke while they were idle. The pool replaces them; an error that nobody listens to
 * would end the process.
 *
 * @returns stops to listen.
 */
export function hearErrors(pool: PgPool, listener: Listener): () => void {
  let heard = listeners.get(pool)
  if (heard === undefined) {
    const all = new Set<Listener>()
    heard = { all, hear: (error) => all.forEach((each) => void each(error)) }
    listeners.set(pool, heard)
    pool.on('error', heard.hear)
  }
  const { all, hear } = heard
  all.add(listener)
  return () => {
    all.delete(listener)
    if (all.size > 0 || listeners.get(pool)?.all !== all) return
    listeners.delete(pool)
    pool.off('error', hear)
  }
}
