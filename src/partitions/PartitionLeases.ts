import type { MaybePromise } from '../../operators/model/index.ts'
import { chain, recover } from '../../operators/model/maybePromise.ts'
import type { Lease, LeaseStore } from '../../operators/ports/index.ts'
import { joining } from '../runtime/lifecycle/Exclusive.ts'

/** The names of a partition's leases. */
export interface PartitionLeaseNames {
  readonly own: string
  /** The one that release 0.1.0 knows the partition by; `undefined` where it cannot run it. */
  readonly old: string | undefined
}

/**
 * Takes both leases of a partition; `undefined` where somebody else holds one of them. The old one comes first: where release 0.1.0
 * holds it, nothing was taken that has to be given back, which others would hear of, and try themselves.
 */
export function takePartition(
  leases: LeaseStore,
  { own, old }: PartitionLeaseNames,
  { owner, ttl }: { readonly owner: string; readonly ttl: number },
): MaybePromise<readonly Lease[] | undefined> {
  const takeOwn = (): MaybePromise<readonly Lease[] | undefined> =>
    chain(leases.acquire(own, { owner, ttl }), (lease) => lease && [lease])
  if (old === undefined) return takeOwn()
  return chain(leases.acquire(old, { ttl, ...joining(owner) }), (shared) => {
    if (shared === undefined) return undefined
    return recover<readonly Lease[] | undefined>(
      () => chain(takeOwn(), (taken) => (taken ? [...taken, shared] : chain(leases.release(shared), () => undefined))),
      (error) => {
        const fail = (): never => {
          throw error
        }
        // What cannot be given back in the same failure gets free after its time.
        return recover<never>(() => chain(leases.release(shared), fail), fail)
      },
    )
  })
}

/** Leases that were taken for a run: it is handed each of them once, and asks the store for those that it needs later. */
export class PartitionLeases {
  readonly #leases: LeaseStore
  readonly #taken: Map<string, Lease>
  readonly #onRefused: () => void

  /** @param onRefused told when the run asks for a lease again, and somebody else holds it by now. */
  constructor(leases: LeaseStore, taken: readonly Lease[], onRefused: () => void) {
    this.#leases = leases
    this.#taken = new Map(taken.map((lease) => [lease.name, lease]))
    this.#onRefused = onRefused
  }

  /** What the run takes for the store's leases. */
  get forRun(): LeaseStore {
    const leases = this.#leases
    return {
      ...leases,
      acquire: (name, options) => {
        const taken = this.#taken.get(name)
        if (this.#taken.delete(name)) return taken
        return chain(leases.acquire(name, options), (lease) => {
          if (lease === undefined) this.#onRefused()
          return lease
        })
      },
    }
  }

  /** What the run has not asked for. */
  get unused(): readonly Lease[] {
    return [...this.#taken.values()]
  }
}
