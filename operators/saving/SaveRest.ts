import type { SchedulerLike, Subscription } from 'rxjs'
import { MAX_DELAY } from '../kernel/arguments.ts'
import { clockOf } from '../kernel/clock.ts'
import { reportUnhandled } from '../kernel/reportUnhandled.ts'
import { isRetryable } from '../model/errors/isRetryable.ts'

/** How long a saver rests between two saves. */
export interface RestOptions {
  /** How long to rest, in ms, after a save that took `duration` ms, before the next due save begins. Default: no rest. */
  readonly restFor?: (duration: number) => number
  /**
   * How long to rest, in ms, after the n-th consecutive failed save. After that time the save is retried, also without a new
   * event. An error with `retryable: false` is an exception, because the same state would fail again: the operators retry when
   * the next save is due, and the rest is at least that of `restFor`. Default: no rest, and the operators alone decide when to
   * retry.
   */
  readonly restAfterFailure?: (failures: number) => number
}

/** The rest after a save. It lasts across subscriptions. While no save waits for its end, there is no timer. */
export class SaveRest {
  #timer: Subscription | undefined
  /** When the rest ends, and its intended length, in ms. */
  #end = 0
  #length = 0
  /** The failed save must be retried when the rest ends. */
  #retry = false
  #failures = 0
  #awaited = false
  readonly #options: RestOptions
  readonly #scheduler: SchedulerLike
  readonly #onEnd: (retry: boolean) => void

  constructor(options: RestOptions, scheduler: SchedulerLike, onEnd: (retry: boolean) => void) {
    this.#options = options
    this.#scheduler = scheduler
    this.#onEnd = onEnd
  }

  /** Whether the next save must wait. */
  get on(): boolean {
    return this.#timer !== undefined
  }

  /** The clock that measures saves; `undefined` if nothing depends on it. */
  get clock(): (() => number) | undefined {
    return this.#options.restFor && clockOf(this.#scheduler)
  }

  saved(duration: number): void {
    this.#failures = 0
    this.#begin(
      ms(() => this.#options.restFor?.(duration)),
      false,
    )
  }

  failed(duration: number, error: unknown): void {
    const { restFor, restAfterFailure } = this.#options
    if (restAfterFailure === undefined) return
    this.#failures++
    const retry = isRetryable(error)
    const wait = ms(() => restAfterFailure(this.#failures))
    // Always use a timer, even one of 0 ms: a save that fails synchronously would otherwise be retried endlessly.
    if (retry) this.#begin(wait, true)
    else this.#begin(Math.max(wait ?? 0, ms(() => restFor?.(duration)) ?? 0), false)
  }

  /** Sets whether a save waits for the end of the rest. */
  awaited(awaited: boolean): void {
    this.#awaited = awaited
    if (!awaited) this.#stop()
    else if (this.#length > 0) this.#arm(this.#end - clockOf(this.#scheduler)())
  }

  #begin(wait: number | undefined, retry: boolean): void {
    // A save that did not wait for the rest before it begins a new rest.
    this.#stop()
    this.#length = 0
    this.#retry = retry && wait !== undefined
    if (wait === undefined || (wait === 0 && !retry)) return
    this.#length = wait
    this.#end = clockOf(this.#scheduler)() + wait
    if (this.#awaited) this.#schedule(wait)
  }

  #arm(left: number): void {
    if (left > 0) this.#schedule(Math.min(left, this.#length))
  }

  #schedule(wait: number): void {
    this.#timer = this.#scheduler.schedule(() => {
      const retry = this.#retry
      this.#timer = undefined
      this.#length = 0
      this.#retry = false
      this.#onEnd(retry)
    }, wait)
  }

  #stop(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
  }
}

/** The time in ms that a user's function returns; `undefined` if the result is not a time, or the function throws. */
function ms(ask: () => number | undefined): number | undefined {
  try {
    const wait = ask() ?? 0
    return wait >= 0 ? Math.min(wait, MAX_DELAY) : undefined
  } catch (thrown) {
    reportUnhandled(thrown)
    return undefined
  }
}
