import { type SchedulerLike, Subscription } from 'rxjs'
import { TimeoutError } from '../../operators/model/errors/TimeoutError.ts'
import type { MaybePromise } from '../../operators/model/index.ts'
import { isPromiseLike } from '../../operators/model/maybePromise.ts'
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

  /** Bounds a save in the same way, by `saveTimeout`. A save that arrives late does no harm: see the ports of stores. */
  save<T>(answer: MaybePromise<T>, operation: string): MaybePromise<T> {
    return this.#within(answer, this.#saveTimeout, operation)
  }

  /** Waits for nothing any more. */
  end(): void {
    this.#timers.unsubscribe()
  }

  #within<T>(answer: MaybePromise<T>, ms: number, operation: string): MaybePromise<T> {
    if (!isPromiseLike(answer) || ms === Infinity) return answer
    return new Promise((resolve, reject) => {
      const timer = this.#scheduler.schedule(() => reject(new TimeoutError(operation, ms)), ms)
      this.#timers.add(timer)
      const settle = (): void => {
        timer.unsubscribe()
        this.#timers.remove(timer)
      }
      answer.then(
        (value) => {
          settle()
          resolve(value)
        },
        (error: unknown) => {
          settle()
          reject(error)
        },
      )
    })
  }
}
