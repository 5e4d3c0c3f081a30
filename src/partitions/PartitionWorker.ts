import { asyncScheduler, type SchedulerLike, Subject, Subscription } from 'rxjs'
import { clockOf } from '../../operators/kernel/clock.ts'
import { reportUnhandled } from '../../operators/kernel/reportUnhandled.ts'
import { settleWithin } from '../../operators/kernel/settleWithin.ts'
import { isRetryable } from '../../operators/model/errors/isRetryable.ts'
import { type MaybePromise, TimeoutError } from '../../operators/model/index.ts'
import { chain, isPromiseLike } from '../../operators/model/maybePromise.ts'
import { PositionConflictError } from '../../operators/ports/index.ts'
import { Reports } from '../runtime/failures/Reports.ts'
import { slotKey } from '../runtime/lifecycle/keys.ts'
import { Lifecycle } from '../runtime/lifecycle/Lifecycle.ts'
import { ProjectionStoppedError } from '../runtime/lifecycle/ProjectionStoppedError.ts'
import type { StopOptions } from '../runtime/lifecycle/RunHandle.ts'
import { stopOnAbort } from '../runtime/lifecycle/stopOnAbort.ts'
import { stopTimeout } from '../runtime/lifecycle/stopTimeout.ts'
import { checkWait, type WaitOptions, Waits } from '../runtime/lifecycle/Waits.ts'
import { PartitionNumber } from './PartitionNumber.ts'
import { PartitionShare } from './PartitionShare.ts'
import { RunningPartitions } from './RunningPartitions.ts'
import type { WorkerOptions } from './WorkerOptions.ts'
import { WorkerRegistry } from './WorkerRegistry.ts'
import { whenCaughtUp } from './whenCaughtUp.ts'

/** Runs its share of the partitions: looks at each heartbeat how many workers there are, gives back what is too much, takes what is free. */
export class PartitionWorker {
  readonly lifecycle: Lifecycle = new Lifecycle()
  readonly running: RunningPartitions = new RunningPartitions(this.lifecycle, (error) => this.faultUnseen(error))
  readonly #registry: WorkerRegistry
  readonly #number: PartitionNumber
  readonly #share: PartitionShare
  readonly #options: WorkerOptions
  readonly #scheduler: SchedulerLike
  readonly #waits: Waits
  readonly #reports: Reports
  readonly #halt = new Subject<void>()
  #timer: Subscription | undefined
  #hints = Subscription.EMPTY
  #heartbeatRuns = false
  /** Called when the heartbeat in hand has ended. */
  #onIdle: (() => void) | undefined
  #hinted = false
  /** It has had its first share of the partitions. */
  #begun = false
  #stopped: Promise<void> | undefined

  constructor(options: WorkerOptions) {
    this.#options = options
    const { name: of, owner, ttl, store, partitions, scheduler = asyncScheduler } = options
    const { id = { kind: 'projector', version: 1, name: of } } = options
    const name = slotKey(id)
    this.#number = new PartitionNumber(id, partitions, store.positions)
    this.#share = new PartitionShare(options, {
      running: this.running,
      leaves: () => this.#leaves,
      fault: (error) => this.#fault(error),
      report: (error) => this.#report(error),
    })
    this.#scheduler = scheduler
    this.#waits = new Waits(scheduler)
    this.#reports = new Reports(of, () => options.onError !== undefined)
    this.#registry = new WorkerRegistry({ name, owner, ttl, ...store, slots: partitions, now: clockOf(scheduler) })
  }

  start(): void {
    const { leases } = this.#options.store
    this.lifecycle.show()
    this.lifecycle.dispatch('begin')
    const heartbeat = (): void => this.#heartbeat()
    // Hints end when the store is closed: the next heartbeat says so.
    const observer = { next: heartbeat, error: (error: unknown) => this.#fail(error), complete: heartbeat }
    this.#hints = leases.hints$?.subscribe(observer) ?? this.#hints
    this.#heartbeatAfter(0)
    stopOnAbort(this.#options.signal, () => this.stop().catch((error: unknown) => this.#report(error)), this.#halt)
  }

  /** @param byDefault how long it waits where the options do not say, in ms. */
  async whenCaughtUp(operation: string, waiting: WaitOptions = {}, byDefault = 5_000): Promise<void> {
    checkWait(waiting)
    const worker = {
      running: this.running,
      waits: this.#waits,
      now: clockOf(this.#scheduler),
      head: this.#options.head,
      hasBegun: () => this.#begun,
      hasEnded: () => this.lifecycle.hasEnded,
    }
    await whenCaughtUp(worker, operation, { ...waiting, timeout: waiting.timeout ?? byDefault })
  }

  /** Reports a fault that nobody takes. */
  faultUnseen(error: unknown): void {
    this.#reports.faulted(error)
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
    this.lifecycle.dispatch('stop')
    return new Promise((resolve, reject) => {
      const timeUp = (): void => {
        reject(new TimeoutError(`stopping ${JSON.stringify(this.#options.name)}`, timeout))
        this.#finish()
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
    if (this.#heartbeatRuns) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    await attempt(() => this.#registry.deregister())
    // A partition that is being given back has its own timeout, and its failure is reported already.
    const given = this.running.leaving.map((handle) => handle.stop().catch(() => undefined))
    await Promise.all([...given, ...this.running.held.map(({ handle }) => attempt(() => handle.stop({ timeout })))])
    await attempt(() => this.#registry.releaseSlot())
    this.#finish()
    if (failed.length > 0) throw failed[0]
  }

  #heartbeatAfter(wait: number): void {
    if (this.#leaves) return
    this.#timer?.unsubscribe()
    this.#timer = this.#scheduler.schedule(() => this.#heartbeat(), wait)
  }

  #heartbeat(): void {
    if (this.#heartbeatRuns) this.#hinted = true
    if (this.#heartbeatRuns || this.#leaves) return
    this.#heartbeatRuns = true
    this.#hinted = false
    this.#timer?.unsubscribe()
    const end = (): void => {
      this.#heartbeatRuns = false
      this.#onIdle?.()
    }
    const done = (): void => {
      end()
      this.#begun = true
      this.running.failing = false
      this.#waits.check()
      this.#heartbeatAfter(this.#hinted ? 0 : this.#options.ttl / 3)
    }
    const fail = (error: unknown): void => {
      end()
      this.#fail(error)
    }
    try {
      const ended = chain(this.#number.check(), () =>
        chain(this.#registry.heartbeat(), (slot) => slot && this.#share.adjust(slot)),
      )
      if (!isPromiseLike(ended)) done()
      else this.#boundHeartbeat(ended, done, fail)
    } catch (error) {
      fail(error)
    }
  }

  /** After `ttl` ms without a sign of life the others take this worker for dead: then it tries again. */
  #boundHeartbeat(ended: PromiseLike<void>, resolved: () => void, rejected: (error: unknown) => void): void {
    const { name, ttl: timeout } = this.#options
    const bound = {
      timeout,
      operation: `a heartbeat of a worker of ${JSON.stringify(name)}`,
      scheduler: this.#scheduler,
    }
    const timer = settleWithin(ended, bound, { resolved, rejected })
    if (this.#heartbeatRuns) this.#timer = timer
  }

  #fail(error: unknown): void {
    if (!isRetryable(error)) {
      this.#fault(error)
      return
    }
    // Another worker has stored the number of partitions in the same moment.
    const early = error instanceof PositionConflictError
    if (!early) this.running.failing = true
    if (!early) this.#report(error)
    this.#heartbeatAfter(early ? 0 : this.#options.ttl / 3)
  }

  #fault(error: unknown): void {
    if (this.lifecycle.hasEnded) return
    const { observed, onError } = this.#options
    const seen =
      this.running.partitions.observed || observed?.() === true || this.#waits.size > 0 || onError !== undefined
    this.#finish({ error })
    if (!seen) this.faultUnseen(error)
    this.stop().catch((failure: unknown) => this.#report(failure))
  }

  /** Whether it is stopping, or has ended: then it takes nothing any more. */
  get #leaves(): boolean {
    return this.lifecycle.stopping.aborted || this.lifecycle.hasEnded
  }

  /** Ends the worker: stopped, or faulted where there is a fault. One that stops faults no more. */
  #finish(fault?: { readonly error: unknown }): void {
    if (!this.lifecycle.dispatch(fault === undefined ? 'end' : 'fault')) return
    this.lifecycle.status.complete()
    this.#timer?.unsubscribe()
    this.#hints.unsubscribe()
    this.#halt.complete()
    this.#waits.endWith(fault === undefined ? new ProjectionStoppedError(this.#options.name) : fault.error)
    this.running.finish(fault)
    this.#options.onEnd?.(fault)
  }

  /** Reports a failure that ends no worker: to `onError`, or else as a warning of the platform. */
  #report(error: unknown): void {
    try {
      this.#options.onError?.(error, { attempt: 0, event: undefined })
    } catch (thrown) {
      reportUnhandled(thrown)
    }
    this.#reports.failed(error, undefined, 'The worker goes on')
  }
}
