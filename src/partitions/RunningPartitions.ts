import { Subject } from 'rxjs'
import type { Action, Lifecycle } from '../runtime/lifecycle/Lifecycle.ts'
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

/** The statuses of partitions, from the least far to the furthest, and the action that shows each as the worker's own. */
const ACTIONS: readonly (readonly [Status, Action])[] = [
  ['retrying', 'retry'],
  ['hydrating', 'hydrate'],
  ['catching-up', 'catchUp'],
  ['live', 'goLive'],
]

/** The partitions that a worker runs, and what it shows of them. */
export class RunningPartitions {
  readonly partitions: Latest<readonly number[]>
  /** Emits when a partition is not run here any more. */
  readonly dropped: Subject<number> = new Subject()
  readonly #running = new Map<number, Running>()
  readonly #lifecycle: Lifecycle
  #worried = false

  /**
   * @param lifecycle the worker's, which shows how far its partitions are.
   * @param onUnhandled receives a fault that a subscriber of the partitions does not handle.
   */
  constructor(lifecycle: Lifecycle, onUnhandled: (error: unknown) => void) {
    this.#lifecycle = lifecycle
    this.partitions = new Latest(onUnhandled)
  }

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

  /** Ends what is shown of the partitions: completed, or with the worker's fault. */
  finish(fault: { readonly error: unknown } | undefined): void {
    if (fault === undefined) this.partitions.complete()
    else this.partitions.error(fault.error)
    this.dropped.complete()
  }

  #show(): void {
    if (this.#lifecycle.hasEnded) return
    const running = [...this.#running.values()].sort((a, b) => a.partition - b.partition)
    const partitions = running.map(({ partition }) => partition)
    if (partitions.join() !== this.partitions.value?.join()) this.partitions.next(partitions)
    const statuses = running.map(({ status }) => status)
    const leastFar = ACTIONS.find(([status]) => statuses.includes(status))
    this.#lifecycle.dispatch(leastFar?.[1] ?? (this.#worried ? 'retry' : 'hydrate'))
  }
}
