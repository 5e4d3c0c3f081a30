import { Observable, type SchedulerLike, Subscription } from 'rxjs'
import { Settling } from '../../../operators/kernel/Settling.ts'
import { settleWithin } from '../../../operators/kernel/settleWithin.ts'
import type { MaybePromise } from '../../../operators/model/index.ts'
import { isPromiseLike } from '../../../operators/model/maybePromise.ts'
import type { RunOptions } from './runOptions.ts'

/** Limits how long a run waits for its store: every load and every save has a timeout. */
export class Patience {
  readonly #readTimeout: number
  readonly #saveTimeout: number
  readonly #scheduler: SchedulerLike
  readonly #timers = new Subscription()

  constructor({ readTimeout = 30_000, saveTimeout = 30_000 }: RunOptions, scheduler: SchedulerLike) {
    this.#readTimeout = readTimeout
    this.#saveTimeout = saveTimeout
    this.#scheduler = scheduler
  }

  /**
   * Limits a load: after `readTimeout` ms it fails with a `TimeoutError`, and a late answer is ignored. Returns a plain value as
   * is.
   */
  load<T>(answer: MaybePromise<T>, operation: string): MaybePromise<T> {
    return this.#within(answer, this.#readTimeout, operation)
  }

  /**
   * Limits a save by `saveTimeout` in the same way. Returns an observable that completes when the save is done. A save that
   * arrives late does no harm: see the ports of stores.
   */
  save(answer: unknown, operation: string): unknown {
    if (!isPromiseLike(answer) || this.#saveTimeout === Infinity) return answer
    return new Observable<never>((output) => {
      const fail = (error: unknown): void => output.error(error)
      this.#settle(answer, this.#saveTimeout, operation, () => output.complete(), fail)
    })
  }

  /**
   * Limits a save by `saveTimeout`, as a promise. A late save of a position does no harm either, because it names the position
   * that it expects to replace.
   */
  saved<T>(answer: MaybePromise<T>, operation: string): MaybePromise<T> {
    return this.#within(answer, this.#saveTimeout, operation)
  }

  /** Cancels all timers. */
  end(): void {
    this.#timers.unsubscribe()
  }

  #within<T>(answer: MaybePromise<T>, ms: number, operation: string): MaybePromise<T> {
    if (!isPromiseLike(answer) || ms === Infinity) return answer
    return new Settling((resolve, reject) => {
      this.#settle(answer, ms, operation, resolve, reject)
    })
  }

  #settle<T>(
    answer: PromiseLike<T>,
    ms: number,
    operation: string,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ): void {
    const timer = settleWithin(
      answer,
      { timeout: ms, operation, scheduler: this.#scheduler },
      { resolved: resolve, rejected: reject },
    )
    this.#timers.add(timer)
  }
}
