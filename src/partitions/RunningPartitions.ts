import { Subject } from 'rxjs'
import type { RunHandle } from '../runtime/lifecycle/RunHandle.ts'
import type { Status } from '../runtime/lifecycle/status.ts'
import { Latest } from '../runtime/observe/Latest.ts'

/** A partition that is run here. */
export interface Running {
  readonly partition: number
  readonly handle: RunHandle
  status: Status
  /** It is given back, and finishes its page. */
  leaving: boolean
}

/** From what stands in the way most to what is done. */
const STATUSES: readonly Status[] = ['retrying', 'hydrating', 'catching-up', 'live']

/** The partitions that a worker runs, and what it shows of them. */
export class RunningPartitions {
  readonly partitions: Latest<readonly number[]> = new Latest()
  readonly status: Latest<Status> = new Latest()
  /** Emits when a partition is not run here any more. */
  readonly dropped: Subject<number> = new Subject()
  readonly #running = new Map<number, Running>()
  #finished = false
  #worried = false

  /** Whether the worker fails to take part; shown where it runs nothing. */
  set failing(failing: boolean) {
    if (this.#worried === failing) return
    this.#worried = failing
    this.#show()
  }

  get(partition: number): RunHandle | undefined {
    return this.#running.get(partition)?.handle
  }

  has(partition: number): boolean {
    return this.#running.has(partition)
  }

  get all(): readonly RunHandle[] {
    return [...this.#running.values()].map(({ handle }) => handle)
  }

  /** Those that are not given back. */
  get held(): readonly Running[] {
    return [...this.#running.values()].filter(({ leaving }) => !leaving)
  }

  /** The handles of those that are given back and have not ended. */
  get leaving(): readonly RunHandle[] {
    return [...this.#running.values()].filter(({ leaving }) => leaving).map(({ handle }) => handle)
  }

  /** Shows a partition until its run has ended, and calls back then. */
  add(running: Running, ended: () => void): void {
    const { partition, handle } = running
    this.#running.set(partition, running)
    handle.status$.subscribe({
      next: (status) => {
        running.status = status
        this.#show()
      },
      complete: () => {
        this.#running.delete(partition)
        this.dropped.next(partition)
        this.#show()
        ended()
      },
    })
  }

  finish(status: 'stopped' | 'faulted', fault: { readonly error: unknown } | undefined): void {
    this.#finished = true
    this.status.next(status)
    this.status.complete()
    if (fault === undefined) this.partitions.complete()
    else this.partitions.error(fault.error)
    this.dropped.complete()
  }

  #show(): void {
    if (this.#finished) return
    const running = [...this.#running.values()].sort((a, b) => a.partition - b.partition)
    const partitions = running.map(({ partition }) => partition)
    if (partitions.join() !== this.partitions.value?.join()) this.partitions.next(partitions)
    const statuses = running.map(({ status }) => status)
    this.status.next(STATUSES.find((status) => statuses.includes(status)) ?? (this.#worried ? 'retrying' : 'hydrating'))
  }
}
