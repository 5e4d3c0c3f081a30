import type { Observable } from 'rxjs'
import type { MaybePromise } from '../../operators/model/index.ts'
import { chain, isPromiseLike } from '../../operators/model/maybePromise.ts'
import type { Lease, LeaseStore } from '../../operators/ports/index.ts'
import type { RunHandle } from '../runtime/lifecycle/RunHandle.ts'
import { PartitionLeases, takePartition } from './PartitionLeases.ts'
import type { Running, RunningPartitions } from './RunningPartitions.ts'
import { settleInOrder } from './settleInOrder.ts'

/** How a worker takes partitions, and runs them. */
export interface ShareOptions {
  readonly partitions: number
  readonly owner: string
  readonly ttl: number
  readonly store: { readonly leases: LeaseStore }
  /** The name of a partition's lease. */
  readonly keyOf: (partition: number) => string
  /** The name of the lease that an older release holds for it. Absent: there is none. */
  readonly oldKeyOf?: (partition: number) => string | undefined
  /** Starts a partition's run. Its `values$` errors with the run's fault. */
  readonly start: (partition: number, leases: LeaseStore) => { handle: RunHandle; values$: Observable<unknown> }
}

/** The worker that has the share. */
export interface ShareOwner {
  readonly running: RunningPartitions
  /** Whether it leaves: then it takes no more partitions. */
  readonly leaves: () => boolean
  /** Called with the fault of a run, which is one of the worker. */
  readonly fault: (error: unknown) => void
  /** Called with what failed without harm to the worker. */
  readonly report: (error: unknown) => void
}

/** A worker's share of the partitions: takes what is free, runs it, and gives back what is too much. */
export class PartitionShare {
  readonly #options: ShareOptions
  readonly #worker: ShareOwner

  constructor(options: ShareOptions, worker: ShareOwner) {
    this.#options = options
    this.#worker = worker
  }

  /** Gives back what is too much with so many workers, and takes what is missing, as far as it is free. */
  adjust({ slot, workers }: { readonly slot: number; readonly workers: number }): MaybePromise<void> {
    const { partitions } = this.#options
    const { running } = this.#worker
    const share = Math.ceil(partitions / workers)
    for (const surplus of running.held.slice(share)) this.#giveBack(surplus)
    // Each worker begins to look at a place of its own.
    const all = Array.from({ length: partitions }, (_, index) => (slot * share + index) % partitions)
    return this.#take(
      all.filter((partition) => !running.has(partition)),
      share,
    )
  }

  /** Takes what is free of some partitions, up to its share. What is taken together begins together, and reads side by side. */
  #take(partitions: readonly number[], share: number): MaybePromise<void> {
    const { store, keyOf, oldKeyOf } = this.#options
    const missing = share - this.#worker.running.held.length
    if (missing <= 0 || partitions.length === 0 || this.#worker.leaves()) return
    const taken = settleInOrder(
      partitions.slice(0, missing),
      (partition) => takePartition(store.leases, { own: keyOf(partition), old: oldKeyOf?.(partition) }, this.#options),
      (leases, partition) => leases && this.#run(partition, leases),
    )
    return chain(taken, () => this.#take(partitions.slice(missing), share))
  }

  #run(partition: number, taken: readonly Lease[]): void {
    // Another worker runs it by now.
    const leases = new PartitionLeases(this.#options.store.leases, taken, () => this.#giveBack(running))
    const { handle, values$ } = this.#options.start(partition, leases.forRun)
    const running: Running = { partition, handle, status: 'hydrating', leaving: false }
    values$.subscribe({ error: (error: unknown) => this.#worker.fault(error) })
    this.#worker.running.add(running, () => {
      // It ended before it had begun.
      for (const lease of leases.unused) this.#release(lease)
    })
  }

  #release(lease: Lease): void {
    const fail = (error: unknown): void => this.#worker.report(error)
    try {
      const released = this.#options.store.leases.release(lease)
      if (isPromiseLike(released)) released.then(undefined, fail)
    } catch (error) {
      fail(error)
    }
  }

  #giveBack(running: Running): void {
    running.leaving = true
    running.handle.stop().catch((error: unknown) => this.#worker.report(error))
  }
}
