import type { MaybePromise } from '../../operators/model/index.ts'
import { chain } from '../../operators/model/maybePromise.ts'
import type { Lease, LeaseStore, PositionStore } from '../../operators/ports/index.ts'
import { LeaseLostError } from '../../operators/ports/index.ts'
import { atOnce } from './atOnce.ts'
import { inTurn } from './inTurn.ts'

/** Where a crew signs in. */
export interface CrewPlaces {
  readonly name: string
  readonly owner: string
  readonly leases: LeaseStore
  readonly positions: PositionStore
  /** There is a seat for each partition; who finds none waits for one. */
  readonly seats: number
  readonly ttl: number
  readonly now: () => number
}

interface Seen {
  readonly beats: number
  /** When the count was seen to change. */
  readonly at: number
}

/**
 * The workers that share partitions, as one of them sees them. Each has a seat: a lease `name/worker-N` (`name` is that of the crew), and under it a
 * count (a position of that name) that grows at each of its beats. A worker whose count stands still for `ttl` ms is gone, and so
 * is one that has set it to 0.
 */
export class Crew {
  #lease: Lease | undefined
  #beats = 0
  #seen = new Map<string, Seen>()
  readonly #places: CrewPlaces
  readonly #seats: readonly string[]

  constructor(places: CrewPlaces) {
    this.#places = places
    this.#seats = Array.from({ length: places.seats }, (_, index) => `${places.name}/worker-${index + 1}`)
  }

  /** Says that this worker lives. Gives its seat, from 0, and how many workers live; `undefined` while there is no free seat. */
  beat(): MaybePromise<{ readonly seat: number; readonly workers: number } | undefined> {
    return chain(this.#sit(), () => {
      const lease = this.#lease
      if (lease === undefined) return undefined
      this.#beats++
      return chain(this.#places.positions.save(lease.name, this.#beats, { lease }), () =>
        chain(this.#count(), (workers) => ({ seat: this.#seats.indexOf(lease.name), workers })),
      )
    })
  }

  /** Says that this worker leaves; its seat stays its own until `end`. One that it has lost is another's to speak for. */
  leave(): MaybePromise<void> {
    const lease = this.#lease
    if (lease === undefined) return
    const fail = (error: unknown): void => {
      if (!(error instanceof LeaseLostError)) throw error
    }
    try {
      const left = this.#places.positions.save(lease.name, 0, { lease })
      return left === undefined ? undefined : left.then(undefined, fail)
    } catch (error) {
      return fail(error)
    }
  }

  end(): MaybePromise<void> {
    const lease = this.#lease
    this.#lease = undefined
    return lease && this.#places.leases.release(lease)
  }

  /** Keeps the seat, or takes the first free one. */
  #sit(): MaybePromise<void> {
    const { leases, ttl, owner, positions } = this.#places
    const lease = this.#lease
    if (lease !== undefined) {
      return this.#orStand(() => leases.renew(lease, { ttl }))
    }
    return inTurn(this.#seats, (name) =>
      chain(leases.acquire(name, { owner, ttl }), (taken) => {
        if (taken === undefined) return true
        return chain(positions.load(name), (beats) => {
          this.#beats = beats
          this.#lease = taken
          return false
        })
      }),
    )
  }

  /** A seat that is lost is given up; another one is looked for at the next beat. */
  #orStand(renew: () => MaybePromise<void>): MaybePromise<void> {
    const fail = (error: unknown): void => {
      if (error instanceof LeaseLostError) this.#lease = undefined
      throw error
    }
    try {
      const renewed = renew()
      return renewed === undefined ? undefined : renewed.then(undefined, fail)
    } catch (error) {
      return fail(error)
    }
  }

  #count(): MaybePromise<number> {
    const now = this.#places.now()
    const seen = new Map<string, Seen>()
    let workers = 0
    return chain(
      atOnce(
        this.#seats,
        (name) => this.#places.positions.load(name),
        (beats, name) => {
          const before = this.#seen.get(name)
          const at = before?.beats === beats ? before.at : now
          seen.set(name, { beats, at })
          if (beats > 0 && (name === this.#lease?.name || now - at < this.#places.ttl)) workers++
        },
      ),
      () => {
        this.#seen = seen
        return workers
      },
    )
  }
}
