import type { PgPool } from './pgTypes.ts'

/** How many connections a pool of `pg` has when it does not say. */
const POOL_SIZE = 10

/** How many connections a pool lends at the same time. */
export function sizeOf(pool: PgPool): number {
  const { max } = pool.options as { readonly max?: unknown }
  return typeof max === 'number' && max >= 1 ? max : POOL_SIZE
}

/** How many of a pool's connections transactions may hold: two are kept back for statements, or one of a small pool. */
export function transactionsOf(size: number): number {
  return Math.max(1, size - (size < 4 ? 1 : 2))
}

/**
 * The connections of a pool that transactions may hold. The work of a transaction may wait for a statement on another
 * connection, so transactions never hold them all.
 */
export class TransactionSlots {
  static readonly #ofPools = new WeakMap<PgPool, TransactionSlots>()
  #free: number
  #given = 0
  readonly #queue: (() => void)[] = []
  readonly #giveBack = (): void => {
    const next = this.#queue.shift()
    if (next === undefined) this.#free++
    else {
      this.#given++
      next()
    }
  }

  /** How often one was given to somebody who had waited for it. */
  get given(): number {
    return this.#given
  }

  constructor(count: number) {
    this.#free = count
  }

  /** Those of a pool: stores that share it share them. */
  static of(pool: PgPool): TransactionSlots {
    let slots = TransactionSlots.#ofPools.get(pool)
    if (slots === undefined) {
      slots = new TransactionSlots(transactionsOf(sizeOf(pool)))
      TransactionSlots.#ofPools.set(pool, slots)
    }
    return slots
  }

  /** Takes one, in turn; resolves with what gives it back. */
  take(): Promise<() => void> {
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve(this.#giveBack)
    }
    return new Promise((resolve) => {
      this.#queue.push(() => resolve(this.#giveBack))
    })
  }
}
