import { Observable, type SchedulerLike, Subscription } from 'rxjs'
import { Settling } from '../../../operators/kernel/Settling.ts'
import { settleWithin } from '../../../operators/kernel/settleWithin.ts'
import type { MaybePromise } from '../../../operators/model/index.ts'
import { isPromiseLike } from '../../../operators/model/maybePromise.ts'
import type { RunOptions } from './runOptions.ts'

/** How long a run waits for what it asks its store: no load and no save is waited for without an end. */
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

  /** Bounds a load: after `readTimeout` ms it is a `TimeoutError`, and a late answer is ignored. A value is itself. */
  load<T>(answer: MaybePromise<T>, operation: string): MaybePromise<T> {
    return this.#within(answer, this.#readTimeout, operation)
  }

  /**
   * Bounds a save in the same way, by `saveTimeout`: as an observable, that completes when the save is done. A save that arrives
   * late does no harm: see the ports of stores.
   */
  save(answer: unknown, operation: string): unknown {
    if (!isPromiseLike(answer) || this.#saveTimeout === Infinity) return answer
    return new Observable<never>((output) => {
      const fail = (error: unknown): void => output.error(error)
      this.#settle(answer, this.#saveTimeout, operation, () => output.complete(), fail)
    })
  }

  /**
   * Bounds a save by `saveTimeout`, as a promise. One of a position that arrives late does no harm either: it says which position
   * it expects to replace.
   */
  saved<T>(answer: MaybePromise<T>, operation: string): MaybePromise<T> {
    return this.#within(answer, this.#saveTimeout, operation)
  }

  /** Waits for nothing any more. */
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
