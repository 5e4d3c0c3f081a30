import { asyncScheduler, type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs'
import { clockOf } from '../../operators/kernel/clock.ts'
import { reportUnhandled } from '../../operators/kernel/reportUnhandled.ts'
import { settleWithin } from '../../operators/kernel/settleWithin.ts'
import { isRetryable } from '../../operators/model/errors/isRetryable.ts'
import { type MaybePromise, TimeoutError } from '../../operators/model/index.ts'
import { chain, isPromiseLike } from '../../operators/model/maybePromise.ts'
import { type Lease, type LeaseStore, PositionConflictError, type PositionStore } from '../../operators/ports/index.ts'
import { crewKey, type RunId } from '../runtime/lifecycle/keys.ts'
import { ProjectionStoppedError } from '../runtime/lifecycle/ProjectionStoppedError.ts'
import type { RunHandle, StopOptions } from '../runtime/lifecycle/RunHandle.ts'
import type { RunOptions } from '../runtime/lifecycle/runOptions.ts'
import { stopOnAbort } from '../runtime/lifecycle/stopOnAbort.ts'
import { stopTimeout } from '../runtime/lifecycle/stopTimeout.ts'
import { checkWait, type WaitOptions, Waits } from '../runtime/lifecycle/Waits.ts'
import { atOnce } from './atOnce.ts'
import { Crew } from './Crew.ts'
import { headWithin } from './headWithin.ts'
import { PartitionLeases, takePartition } from './PartitionLeases.ts'
import { PartitionNumber } from './PartitionNumber.ts'
import { type Running, RunningPartitions } from './RunningPartitions.ts'
import { whenAllProcessed } from './whenAllProcessed.ts'

/** What a worker needs to know, whether it runs a projection or a projector. */
export interface WorkerOptions extends Pick<RunOptions, 'scheduler' | 'signal' | 'onError'> {
  readonly name: string
  /** What has the partitions, without an instance. Default: a projector of that name. */
  readonly id?: RunId
  readonly partitions: number
  readonly owner: string
  readonly ttl: number
  readonly store: { readonly positions: PositionStore; readonly leases: LeaseStore }
  /** The last position of the log. */
  readonly head: () => MaybePromise<number>
  /** The name of a partition's lease. */
  readonly keyOf: (partition: number) => string
  /** The name of the lease that an older release holds for it. Absent: there is none. */
  readonly oldKeyOf?: (partition: number) => string | undefined
  /** Starts a partition's run. Its `values$` errors with the run's fault. */
  readonly start: (partition: number, leases: LeaseStore) => { handle: RunHandle; values$: Observable<unknown> }
}

/** Runs its share of the partitions: looks at each beat how many workers there are, gives back what is too much, takes what is free. */
export class PartitionWorker {
  readonly running: RunningPartitions = new RunningPartitions()
  readonly #crew: Crew
  readonly #number: PartitionNumber
  readonly #options: WorkerOptions
  readonly #scheduler: SchedulerLike
  readonly #waits: Waits
  readonly #halt = new Subject<void>()
  #timer: Subscription | undefined
  #hints = Subscription.EMPTY
  #beating = false
  /** Told when the beat in hand has ended. */
  #idle: (() => void) | undefined
  #hinted = false
  #begun = false
  #stopped: Promise<void> | undefined
  #finished = false

  constructor(options: WorkerOptions) {
    this.#options = options
    const { name: of, owner, ttl, store, partitions, scheduler = asyncScheduler } = options
    const { id = { kind: 'projector', version: 1, name: of } } = options
    const name = crewKey(id)
    this.#number = new PartitionNumber(id, partitions, store.positions)
    this.#scheduler = scheduler
    this.#waits = new Waits(scheduler)
    this.#crew = new Crew({ name, owner, ttl, ...store, seats: partitions, now: clockOf(scheduler) })
  }

  start(): void {
    const { leases } = this.#options.store
    this.running.status.next('hydrating')
    const beat = (): void => this.#beat()
    // Hints end when the store is closed: the next beat says so.
    const observer = { next: beat, error: (error: unknown) => this.#fail(error), complete: beat }
    this.#hints = leases.hints$?.subscribe(observer) ?? this.#hints
    this.#beatAfter(0)
    stopOnAbort(this.#options.signal, () => this.stop().catch((error: unknown) => this.#tell(error)), this.#halt)
  }

  /** @param byDefault how long it waits where the options do not say, in ms. */
  async whenCaughtUp(operation: string, waiting: WaitOptions = {}, byDefault = 5_000): Promise<void> {
    checkWait(waiting)
    const { timeout = byDefault, ...options } = waiting
    const now = clockOf(this.#scheduler)
    const end = now() + timeout
    await this.#waits.until(() => this.#begun, operation, { ...options, timeout })
    const left = (): WaitOptions => ({ ...options, timeout: Math.min(Math.max(0, end - now()), timeout) })
    const head = await headWithin(this.#options.head(), this.#waits, operation, left())
    await whenAllProcessed(this.running, head, left, () => this.#finished)
  }

  stop(options?: StopOptions): Promise<void> {
    try {
      const timeout = stopTimeout(options)
      this.#stopped ??= this.#stopWithin(timeout)
      return this.#stopped
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #stopWithin(timeout: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timeUp = (): void => {
        reject(new TimeoutError(`stopping ${JSON.stringify(this.#options.name)}`, timeout))
        this.#finish('stopped')
      }
      const timer = timeout === Infinity ? undefined : this.#scheduler.schedule(timeUp, timeout)
      this.#leave(timeout)
        .finally(() => timer?.unsubscribe())
        .then(resolve, reject)
    })
  }

  async #leave(timeout: number): Promise<void> {
    this.#timer?.unsubscribe()
    this.#hints.unsubscribe()
    const failed: unknown[] = []
    const attempt = async (work: () => MaybePromise<unknown>): Promise<void> => {
      try {
        await work()
      } catch (error) {
        failed.push(error)
      }
    }
    if (this.#beating) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    await attempt(() => this.#crew.leave())
    // A partition that is being given back has its own timeout, and its failure is reported already.
    const given = this.running.leaving.map((handle) => handle.stop().catch(() => undefined))
    await Promise.all([...given, ...this.running.held.map(({ handle }) => attempt(() => handle.stop({ timeout })))])
    await attempt(() => this.#crew.end())
    this.#finish('stopped')
    if (failed.length > 0) throw failed[0]
  }

  #beatAfter(wait: number): void {
    if (this.#stopped !== undefined || this.#finished) return
    this.#timer?.unsubscribe()
    this.#timer = this.#scheduler.schedule(() => this.#beat(), wait)
  }

  #beat(): void {
    if (this.#beating) this.#hinted = true
    if (this.#beating || this.#stopped !== undefined || this.#finished) return
    this.#beating = true
    this.#hinted = false
    this.#timer?.unsubscribe()
    const end = (): void => {
      this.#beating = false
      this.#idle?.()
    }
    const done = (): void => {
      end()
      this.#begun = true
      this.running.failing = false
      this.#waits.check()
      this.#beatAfter(this.#hinted ? 0 : this.#options.ttl / 3)
    }
    const fail = (error: unknown): void => {
      end()
      this.#fail(error)
    }
    try {
      const ended = chain(this.#number.check(), () => chain(this.#crew.beat(), (share) => share && this.#share(share)))
      if (!isPromiseLike(ended)) done()
      else this.#boundBeat(ended, done, fail)
    } catch (error) {
      fail(error)
    }
  }

  /** After `ttl` ms without a sign of life the others take this worker for dead: then it tries again. */
  #boundBeat(ended: PromiseLike<void>, resolved: () => void, rejected: (error: unknown) => void): void {
    const { name, ttl: timeout } = this.#options
    const bound = { timeout, operation: `a beat of a worker of ${JSON.stringify(name)}`, scheduler: this.#scheduler }
    const timer = settleWithin(ended, bound, { resolved, rejected })
    if (this.#beating) this.#timer = timer
  }

  #fail(error: unknown): void {
    if (!isRetryable(error)) {
      this.#fault(error)
      return
    }
    // Another worker has stored the number of partitions in the same moment.
    const early = error instanceof PositionConflictError
    if (!early) this.running.failing = true
    if (!early && this.#options.onError) this.#tell(error)
    this.#beatAfter(early ? 0 : this.#options.ttl / 3)
  }

  #share({ seat, workers }: { readonly seat: number; readonly workers: number }): MaybePromise<void> {
    const { partitions } = this.#options
    const share = Math.ceil(partitions / workers)
    for (const surplus of this.running.held.slice(share)) this.#giveBack(surplus)
    // Each worker begins to look at a place of its own.
    const all = Array.from({ length: partitions }, (_, index) => (seat * share + index) % partitions)
    return this.#take(
      all.filter((partition) => !this.running.has(partition)),
      share,
    )
  }

  /** Takes what is free of some partitions, up to its share. What is taken at once begins at once, and reads side by side. */
  #take(partitions: readonly number[], share: number): MaybePromise<void> {
    const { store, keyOf, oldKeyOf } = this.#options
    const missing = share - this.running.held.length
    if (missing <= 0 || partitions.length === 0 || this.#stopped !== undefined || this.#finished) return
    const taken = atOnce(
      partitions.slice(0, missing),
      (partition) => takePartition(store.leases, { own: keyOf(partition), old: oldKeyOf?.(partition) }, this.#options),
      (taken, partition) => taken && this.#run(partition, taken),
    )
    return chain(taken, () => this.#take(partitions.slice(missing), share))
  }

  #run(partition: number, taken: readonly Lease[]): void {
    // Another worker runs it by now.
    const leases = new PartitionLeases(this.#options.store.leases, taken, () => this.#giveBack(running))
    const { handle, values$ } = this.#options.start(partition, leases.forRun)
    const running: Running = { partition, handle, status: 'hydrating', leaving: false }
    values$.subscribe({ error: (error: unknown) => this.#fault(error) })
    this.running.add(running, () => {
      // It ended before it had begun.
      for (const lease of leases.unused) this.#release(lease)
    })
  }

  #release(lease: Lease): void {
    const fail = (error: unknown): void => this.#tell(error)
    try {
      const released = this.#options.store.leases.release(lease)
      if (isPromiseLike(released)) released.then(undefined, fail)
    } catch (error) {
      fail(error)
    }
  }

  #giveBack(running: Running): void {
    running.leaving = true
    running.handle.stop().catch((error: unknown) => this.#tell(error))
  }

  #fault(error: unknown): void {
    if (this.#finished) return
    const seen = this.running.partitions.observed || this.#waits.size > 0 || this.#options.onError !== undefined
    this.#finish('faulted', { error })
    if (!seen) reportUnhandled(error)
    this.stop().catch((failure: unknown) => this.#tell(failure))
  }

  #finish(status: 'stopped' | 'faulted', fault?: { readonly error: unknown }): void {
    if (this.#finished) return
    this.#finished = true
    this.#timer?.unsubscribe()
    this.#hints.unsubscribe()
    this.#halt.complete()
    this.#waits.endWith(fault === undefined ? new ProjectionStoppedError(this.#options.name) : fault.error)
    this.running.finish(status, fault)
  }

  #tell(error: unknown): void {
    const { onError = reportUnhandled } = this.#options
    try {
      onError(error, { attempt: 0, event: undefined })
    } catch (thrown) {
      reportUnhandled(thrown)
    }
  }
}
