import { type SchedulerLike, Subscription } from 'rxjs'
import { Settling } from '../../../operators/kernel/Settling.ts'
import { TimeoutError } from '../../../operators/model/errors/TimeoutError.ts'
import type { LogEvent } from '../../../operators/model/event.ts'
import type { Telemetry } from './telemetry.ts'

/** After this many ms, a handler that has not settled counts as stalled. */
const STALLED_AFTER = 30_000

/** Watches asynchronous handlers: reports those that stall, and fails those that take too long. */
export class HandlerWatch {
  readonly #handlerTimeout: number | undefined
  readonly #scheduler: SchedulerLike
  readonly #telemetry: Telemetry
  readonly #timers = new Subscription()

  /** @param handlerTimeout how long a handler may take, in ms; `undefined`: unlimited. */
  constructor(handlerTimeout: number | undefined, scheduler: SchedulerLike, telemetry: Telemetry) {
    this.#handlerTimeout = handlerTimeout
    this.#scheduler = scheduler
    this.#telemetry = telemetry
  }

  /** Settles like a handler's promise; after `handlerTimeout` ms it rejects with a `TimeoutError`. */
  readonly over = <T>(event: LogEvent, pending: PromiseLike<T>): PromiseLike<T> => {
    const handlerTimeout = this.#handlerTimeout
    const scheduler = this.#scheduler
    const stalled = (): void => {
      if (this.#telemetry.on) this.#telemetry.emit({ type: 'stalled', event, duration: STALLED_AFTER })
    }
    return new Settling((resolve, reject) => {
      const timers = new Subscription()
      timers.add(scheduler.schedule(stalled, STALLED_AFTER))
      if (handlerTimeout !== undefined) {
        const timeUp = (): void => {
          settled()
          reject(new TimeoutError(`the handler of event ${String(event?.id)}`, handlerTimeout))
        }
        timers.add(scheduler.schedule(timeUp, handlerTimeout))
      }
      this.#timers.add(timers)
      const settled = (): void => {
        timers.unsubscribe()
        this.#timers.remove(timers)
      }
      pending.then(
        (value) => {
          settled()
          resolve(value)
        },
        (error: unknown) => {
          settled()
          reject(error)
        },
      )
    })
  }

  /** Cancels all timers. */
  end(): void {
    this.#timers.unsubscribe()
  }
}
