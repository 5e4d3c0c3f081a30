import type { MaybePromise } from '../../operators/model/index.ts'
import { chain, isPromiseLike } from '../../operators/model/maybePromise.ts'
import type { Lease, LeaseStore, PositionStore } from '../../operators/ports/index.ts'
import { LeaseLostError } from '../../operators/ports/index.ts'
import { settleInOrder } from './settleInOrder.ts'

/** Where a worker registers, and how. */
export interface WorkerRegistryOptions {
  /** What the names of the slots begin with. */
  readonly name: string
  readonly owner: string
  readonly leases: LeaseStore
  readonly positions: PositionStore
  /** How many workers can register. A worker that finds no free slot waits for one. */
  readonly slots: number
  /** After how many ms without a heartbeat a worker counts as dead. */
  readonly ttl: number
  readonly now: () => number
}

interface Seen {
  readonly heartbeats: number
  /** When the count was seen to change. */
  readonly at: number
}

/**
 * The workers that share partitions, as one of them sees them. Each holds a slot: a lease `name/worker-N` (`name` is that of the
 * registry), and under it a count (a position of that name) that grows at each of its heartbeats. A worker whose count stands still
 * for `ttl` ms is gone, and so is one that has set it to 0.
 */
export class WorkerRegistry {
  #lease: Lease | undefined
  #heartbeats = 0
  #seen = new Map<string, Seen>()
  readonly #options: WorkerRegistryOptions
  readonly #slots: readonly string[]

  constructor(options: WorkerRegistryOptions) {
    this.#options = options
    this.#slots = Array.from({ length: options.slots }, (_, index) => `${options.name}/worker-${index + 1}`)
  }

  /**
   * Shows that this worker lives. Gives its slot, from 0, and how many workers live; `undefined` while there is no free slot.
   *
   * @throws {LeaseLostError} the slot is another worker's by now. The next heartbeat looks for a new one.
   */
  heartbeat(): MaybePromise<{ readonly slot: number; readonly workers: number } | undefined> {
    return chain(this.#holdSlot(), () => {
      const lease = this.#lease
      if (lease === undefined) return undefined
      this.#heartbeats++
      return chain(this.#options.positions.save(lease.name, this.#heartbeats, { lease }), () =>
        chain(this.#countWorkers(), (workers) => ({ slot: this.#slots.indexOf(lease.name), workers })),
      )
    })
  }

  /** Says that this worker leaves; its slot stays its own until `releaseSlot`. A slot that it has lost is left alone. */
  deregister(): MaybePromise<void> {
    const lease = this.#lease
    if (lease === undefined) return
    const fail = (error: unknown): void => {
      if (!(error instanceof LeaseLostError)) throw error
    }
    try {
      const saved = this.#options.positions.save(lease.name, 0, { lease })
      return saved === undefined ? undefined : saved.then(undefined, fail)
    } catch (error) {
      return fail(error)
    }
  }

  releaseSlot(): MaybePromise<void> {
    const lease = this.#lease
    this.#lease = undefined
    return lease && this.#options.leases.release(lease)
  }

  #holdSlot(): MaybePromise<void> {
    const lease = this.#lease
    return lease === undefined ? this.#acquireSlot() : this.#renewSlot(lease)
  }

  /** Takes the first free slot of those from an index on; without a promise where none is needed. */
  #acquireSlot(from = 0): MaybePromise<void> {
    const { leases, ttl, owner, positions } = this.#options
    for (let index = from; index < this.#slots.length; index++) {
      const name = this.#slots[index]!
      const acquired = chain(leases.acquire(name, { owner, ttl }), (lease) => {
        if (lease === undefined) return false
        return chain(positions.load(name), (heartbeats) => {
          this.#heartbeats = heartbeats
          this.#lease = lease
          return true
        })
      })
      if (isPromiseLike(acquired)) return acquired.then((done) => (done ? undefined : this.#acquireSlot(index + 1)))
      if (acquired) return
    }
  }

  /** A slot that is lost is given up; the next heartbeat looks for another one. */
  #renewSlot(lease: Lease): MaybePromise<void> {
    const { leases, ttl } = this.#options
    const fail = (error: unknown): void => {
      if (error instanceof LeaseLostError) this.#lease = undefined
      throw error
    }
    try {
      const renewed = leases.renew(lease, { ttl })
      return renewed === undefined ? undefined : renewed.then(undefined, fail)
    } catch (error) {
      return fail(error)
    }
  }

  #countWorkers(): MaybePromise<number> {
    const { positions, ttl } = this.#options
    const now = this.#options.now()
    const seen = new Map<string, Seen>()
    let workers = 0
    return chain(
      settleInOrder(
        this.#slots,
        (name) => positions.load(name),
        (heartbeats, name) => {
          const before = this.#seen.get(name)
          const at = before?.heartbeats === heartbeats ? before.at : now
          seen.set(name, { heartbeats, at })
          if (heartbeats > 0 && (name === this.#lease?.name || now - at < ttl)) workers++
        },
      ),
      () => {
        this.#seen = seen
        return workers
      },
    )
  }
}
