import type { Observable, SchedulerLike, Subscriber, Subscription } from 'rxjs'
import type { ExclusivelyOptions } from '../exclusively.ts'
import { LeaseLostError } from '../model/errors/LeaseLostError.ts'
import type { Lease } from '../model/lease.ts'
import { isPromiseLike } from '../model/maybePromise.ts'
import type { MaybePromise } from '../model/projection.ts'
import { Stage } from './operate.ts'
import { reportUnhandled } from './reportUnhandled.ts'

type Options = ExclusivelyOptions & Required<Pick<ExclusivelyOptions, 'ttl' | 'renewEvery' | 'acquireEvery'>>

/** Acquires, renews and releases a lease for one subscription of `exclusively`. It asks for one thing at a time. */
export class LeaseHolder<T> {
  private lease: Lease | undefined
  /** Until when the lease is held for sure, by our own clock. */
  private heldUntil = 0
  private asking = false
  /** A hint came while it was asking. */
  private hinted = false
  private standby = false
  /** It has failed. Who hears of that may give back another lease: the hint of it must not make this one begin again. */
  private over = false
  private timer: Subscription | undefined
  private readonly source: Observable<T>
  private readonly output: Subscriber<T>
  private readonly options: Options
  private readonly scheduler: SchedulerLike

  constructor(source: Observable<T>, output: Subscriber<T>, options: Options, scheduler: SchedulerLike) {
    this.source = source
    this.output = output
    this.options = options
    this.scheduler = scheduler
  }

  start(): void {
    const { output, options } = this
    output.add(() => this.end())
    output.add(
      options.leases.hints$?.subscribe({ next: () => this.hint(), error: (error: unknown) => output.error(error) }),
    )
    this.acquire()
  }

  private hint(): void {
    if (this.asking) this.hinted = true
    else if (this.lease === undefined && !this.over) this.acquire()
  }

  private acquire(): void {
    if (this.output.closed || this.lease !== undefined) return
    const { leases, name, owner, ttl, joint } = this.options
    const asked = this.scheduler.now()
    this.asking = true
    this.hinted = false
    this.timer?.unsubscribe()
    this.ask(
      () => leases.acquire(name, { owner, ttl, ...(joint !== undefined && { joint }) }),
      (lease) => (lease === undefined ? this.wait() : this.hold(lease, asked + ttl)),
      (error) => {
        this.over = true
        this.output.error(error)
      },
    )
  }

  /** Somebody else holds it. */
  private wait(): void {
    if (this.output.closed) return
    if (!this.standby) {
      this.standby = true
      if (!this.tell(() => this.options.onStandby?.())) return
    }
    this.after(this.hinted ? 0 : this.options.acquireEvery, () => this.acquire())
  }

  private hold(lease: Lease, until: number): void {
    this.lease = lease
    this.heldUntil = until
    // Unsubscribed while it was asked for: nobody needs it any more.
    if (this.output.closed) {
      this.release()
      return
    }
    if (!this.tell(() => this.options.onAcquired?.(lease))) return
    this.renewLater()
    this.output.add(lease.lost$?.subscribe((cause) => this.lost(cause)))
    if (!this.output.closed) this.source.subscribe(new Pass(this.output))
  }

  private renewLater(): void {
    const left = this.heldUntil - this.scheduler.now()
    this.after(Math.max(0, Math.min(this.options.renewEvery, left)), () => this.renew())
  }

  private renew(): void {
    const { lease } = this
    if (lease === undefined) return
    const now = this.scheduler.now()
    if (now >= this.heldUntil) {
      this.lost(undefined)
      return
    }
    this.renewLater()
    if (this.asking) return
    const { leases, ttl } = this.options
    this.asking = true
    this.ask(
      () => leases.renew(lease, { ttl }),
      () => {
        this.heldUntil = now + ttl
      },
      (error) => {
        if (error instanceof LeaseLostError) this.lost(error)
        else this.report(error)
      },
    )
  }

  private lost(cause: unknown): void {
    const { lease } = this
    if (lease === undefined) return
    this.lease = undefined
    this.over = true
    const { name, epoch } = lease
    this.output.error(cause instanceof LeaseLostError ? cause : new LeaseLostError({ lease: name, epoch }, { cause }))
  }

  private end(): void {
    this.timer?.unsubscribe()
    this.release()
  }

  private release(): void {
    const { lease } = this
    if (lease === undefined) return
    this.lease = undefined
    this.ask(
      () => this.options.leases.release(lease),
      () => undefined,
      (error) => this.report(error),
    )
  }

  private ask<R>(question: () => MaybePromise<R>, answer: (value: R) => void, fail: (error: unknown) => void): void {
    let value: MaybePromise<R>
    try {
      value = question()
    } catch (error) {
      this.asking = false
      fail(error)
      return
    }
    if (!isPromiseLike(value)) {
      this.asking = false
      answer(value)
      return
    }
    value.then(
      (settled) => {
        this.asking = false
        answer(settled)
      },
      (error: unknown) => {
        this.asking = false
        fail(error)
      },
    )
  }

  private after(wait: number, go: () => void): void {
    this.timer?.unsubscribe()
    this.timer = this.scheduler.schedule(go, wait)
  }

  /** Whether a callback went well; a throw in it is the output's error. */
  private tell(callback: () => void): boolean {
    try {
      callback()
      return true
    } catch (error) {
      this.output.error(error)
      return false
    }
  }

  private report(error: unknown): void {
    const { onError } = this.options
    if (onError === undefined) reportUnhandled(error)
    else onError(error)
  }
}

class Pass<T> extends Stage<T, T> {
  override next(value: T): void {
    if (!this.isStopped) this.output.next(value)
  }
}
