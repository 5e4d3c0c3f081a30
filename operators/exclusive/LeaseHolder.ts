import type { Observable, SchedulerLike, Subscriber, Subscription } from 'rxjs'
import { clockOf } from '../kernel/clock.ts'
import { Stage } from '../kernel/operate.ts'
import { reportUnhandled } from '../kernel/reportUnhandled.ts'
import { settleWithin } from '../kernel/settleWithin.ts'
import { inspect } from '../model/errors/inspect.ts'
import { isA } from '../model/errors/isA.ts'
import { TimeoutError } from '../model/errors/TimeoutError.ts'
import { isPromiseLike } from '../model/maybePromise.ts'
import type { MaybePromise } from '../model/projection.ts'
import { LeaseLostError } from '../ports/errors/LeaseLostError.ts'
import type { Lease } from '../ports/leases.ts'
import type { ExclusivelyOptions } from './ExclusivelyOptions.ts'

type Options = ExclusivelyOptions & Required<Pick<ExclusivelyOptions, 'ttl' | 'renewEvery' | 'acquireEvery'>>

/** A request to the store of leases. */
interface Asking<R> {
  readonly operation: 'acquiring' | 'renewing' | 'releasing'
  /** The name of the lease. */
  readonly of: string
  /** How long to wait for an answer, in ms. */
  readonly patience: number
  /** Handles an answer that arrives after that time. */
  readonly late?: (value: R) => void
}

/** Acquires, renews and releases a lease for one subscription of `exclusively`. It makes one request at a time. */
export class LeaseHolder<T> {
  #lease: Lease | undefined
  /** Until when the lease is certainly held, by a local clock that nothing resets. */
  #heldUntil = 0
  #asking = false
  /** A hint arrived during a request. */
  #hinted = false
  #standby = false
  /** The holder has failed. A listener may then release another lease: the hint of that release must not restart this holder. */
  #failed = false
  #timer: Subscription | undefined
  readonly #source: Observable<T>
  readonly #output: Subscriber<T>
  readonly #options: Options
  readonly #scheduler: SchedulerLike
  readonly #now: () => number

  constructor(source: Observable<T>, output: Subscriber<T>, options: Options, scheduler: SchedulerLike) {
    this.#source = source
    this.#output = output
    this.#options = options
    this.#scheduler = scheduler
    this.#now = clockOf(scheduler)
  }

  start(): void {
    const output = this.#output
    const options = this.#options
    output.add(() => this.#end())
    output.add(
      options.leases.hints$?.subscribe({
        next: () => this.#hint(),
        error: (error: unknown) => output.error(error),
        // The store may be closed: the next request reports that.
        complete: () => this.#hint(),
      }),
    )
    this.#acquire()
  }

  #hint(): void {
    if (this.#asking) this.#hinted = true
    else if (this.#lease === undefined && !this.#failed) this.#acquire()
  }

  #acquire(): void {
    if (this.#output.closed || this.#lease !== undefined) return
    const { leases, name, owner, ttl, joint } = this.#options
    const asked = this.#now()
    this.#asking = true
    this.#hinted = false
    this.#timer?.unsubscribe()
    // A lease that is acquired after `ttl` ms may have expired already.
    this.#ask(
      { operation: 'acquiring', of: name, patience: ttl, late: (lease) => lease && this.#giveBack(lease) },
      () => leases.acquire(name, { owner, ttl, ...(joint !== undefined && { joint }) }),
      (lease) => (lease === undefined ? this.#wait() : this.#hold(lease, asked + ttl)),
      (error) => {
        this.#failed = true
        this.#output.error(error)
      },
    )
  }

  /** Another owner holds the lease. */
  #wait(): void {
    if (this.#output.closed) return
    if (!this.#standby) {
      this.#standby = true
      if (!this.#notify(() => this.#options.onStandby?.())) return
    }
    this.#after(this.#hinted ? 0 : this.#options.acquireEvery, () => this.#acquire())
  }

  #hold(lease: Lease, until: number): void {
    this.#lease = lease
    this.#heldUntil = until
    // The output was unsubscribed during the request, so the lease is no longer needed.
    if (this.#output.closed) {
      this.#release()
      return
    }
    if (!this.#notify(() => this.#options.onAcquired?.(lease))) return
    this.#renewLater()
    this.#output.add(lease.lost$?.subscribe((cause) => this.#lost(cause)))
    if (!this.#output.closed) this.#source.subscribe(new PassThrough(this.#output))
  }

  #renewLater(): void {
    const left = this.#heldUntil - this.#now()
    this.#after(Math.max(0, Math.min(this.#options.renewEvery, left)), () => this.#renew())
  }

  #renew(): void {
    const lease = this.#lease
    if (lease === undefined) return
    const now = this.#now()
    if (now >= this.#heldUntil) {
      this.#lost(undefined)
      return
    }
    this.#renewLater()
    if (this.#asking) return
    const { leases, ttl } = this.#options
    this.#asking = true
    this.#ask(
      { operation: 'renewing', of: this.#options.name, patience: ttl / 3 },
      () => leases.renew(lease, { ttl }),
      () => {
        this.#heldUntil = now + ttl
      },
      (error) => {
        if (isA(error, LeaseLostError)) this.#lost(error)
        else this.#report(error)
        // The next renewal became due while this one was in progress.
        if (isA(error, TimeoutError)) this.#renew()
      },
    )
  }

  #lost(cause: unknown): void {
    const lease = this.#lease
    if (lease === undefined) return
    this.#lease = undefined
    this.#failed = true
    const { name, epoch } = lease
    this.#output.error(isA(cause, LeaseLostError) ? cause : new LeaseLostError({ lease: name, epoch }, { cause }))
  }

  #end(): void {
    this.#timer?.unsubscribe()
    this.#release()
  }

  #release(): void {
    const lease = this.#lease
    this.#lease = undefined
    if (lease !== undefined) this.#giveBack(lease)
  }

  #giveBack(lease: Lease): void {
    this.#ask(
      { operation: 'releasing', of: this.#options.name, patience: this.#options.ttl / 3 },
      () => this.#options.leases.release(lease),
      () => undefined,
      (error) => this.#report(error),
    )
  }

  #ask<R>(
    { operation, of, patience, late }: Asking<R>,
    question: () => MaybePromise<R>,
    answer: (value: R) => void,
    fail: (error: unknown) => void,
  ): void {
    let value: MaybePromise<R>
    let isPromise: boolean
    try {
      value = question()
      isPromise = isPromiseLike(value)
    } catch (error) {
      this.#asking = false
      fail(error)
      return
    }
    if (!isPromise) {
      this.#asking = false
      answer(value as R)
      return
    }
    const settle = (respond: () => void): void => {
      this.#asking = false
      respond()
    }
    const timer = settleWithin(
      value as PromiseLike<R>,
      { timeout: patience, operation: `${operation} the lease ${inspect(of)}`, scheduler: this.#scheduler },
      {
        resolved: (settled) => settle(() => answer(settled)),
        rejected: (error) => settle(() => fail(error)),
        ...(late && { late }),
      },
    )
    // Unsubscribing cancels the wait for a lease. The release must still report its result.
    if (operation !== 'releasing') this.#output.add(timer)
  }

  #after(wait: number, go: () => void): void {
    this.#timer?.unsubscribe()
    this.#timer = this.#scheduler.schedule(go, wait)
  }

  /** Whether a callback succeeded; an error that it throws becomes the output's error. */
  #notify(callback: () => void): boolean {
    try {
      callback()
      return true
    } catch (error) {
      this.#output.error(error)
      return false
    }
  }

  #report(error: unknown): void {
    const { onError } = this.#options
    if (onError === undefined) reportUnhandled(error)
    else onError(error)
  }
}

class PassThrough<T> extends Stage<T, T> {
  override next(value: T): void {
    if (!this.isStopped) this.output.next(value)
  }
}
