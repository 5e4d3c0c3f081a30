import type { SchedulerLike, Subscription } from 'rxjs'
import { clockOf } from '../kernel/clock.ts'
import { TimeoutError } from '../model/errors/TimeoutError.ts'

/** The callbacks of a watchdog, and its timeout. */
export interface WatchdogOptions<Page> {
  /** The maximum time for a read, in ms; `Infinity` for no limit. */
  readonly timeout: number
  readonly scheduler: SchedulerLike
  /** Names the read in progress. */
  readonly operation: () => string
  readonly arrived: (page: Page) => void
  readonly failed: (error: unknown) => void
}

/** The only object that a promise references: once it is released, a promise that never settles keeps nothing alive. */
interface Waiting<Page> {
  watchdog: ReadWatchdog<Page> | undefined
  /** The call that asked has not returned yet. */
  asking: boolean
  now: { readonly page: Page } | undefined
}

/**
 * Waits for the answers of one reader, one at a time, and limits the time of each. It has one timer: while reads follow each
 * other, the timer checks again when the time of the newest read is over.
 */
export class ReadWatchdog<Page> {
  #waiting: Waiting<Page> | undefined
  #deadline = 0
  /** The time is over. The event loop has one more turn, in which an answer that is already there is accepted. */
  #isLastTurn = false
  #timer: Subscription | undefined
  readonly #aborter = new AbortController()
  readonly #now: () => number
  readonly #options: WatchdogOptions<Page>

  constructor(options: WatchdogOptions<Page>) {
    this.#options = options
    this.#now = clockOf(options.scheduler)
  }

  /** Aborted when no answer is needed any more. */
  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  /** Waits for an answer. A foreign promise may answer during the call: then the answer is returned. */
  expect(asked: PromiseLike<Page>): { readonly page: Page } | undefined {
    const waiting: Waiting<Page> = { watchdog: this, asking: true, now: undefined }
    this.#waiting = waiting
    listen(asked, waiting)
    waiting.asking = false
    if (waiting.watchdog !== undefined) this.#watch()
    return waiting.now
  }

  /** No read follows for now: the timer is not needed. */
  rest(): void {
    this.#timer?.unsubscribe()
    this.#timer = undefined
  }

  /** Stops waiting, and aborts the read in progress. */
  stop(reason?: unknown): void {
    this.#end()
    this.rest()
    this.#aborter.abort(reason)
  }

  /** @internal */
  settled(waiting: Waiting<Page>, page: Page): void {
    this.#end()
    if (waiting.asking) waiting.now = { page }
    else this.#options.arrived(page)
  }

  /** @internal */
  rejected(error: unknown): void {
    this.#end()
    this.#options.failed(error)
  }

  #end(): void {
    if (this.#waiting !== undefined) this.#waiting.watchdog = undefined
    this.#waiting = undefined
    this.#isLastTurn = false
  }

  #watch(): void {
    const { timeout } = this.#options
    if (timeout === Infinity) return
    this.#deadline = this.#now() + timeout
    if (this.#timer === undefined) this.#lookAfter(timeout)
  }

  #lookAfter(delay: number): void {
    this.#timer = this.#options.scheduler.schedule(() => this.#look(), delay)
  }

  #look(): void {
    this.#timer = undefined
    if (this.#waiting === undefined) return
    const rest = this.#deadline - this.#now()
    if (rest > 0) {
      this.#lookAfter(rest)
    } else if (!this.#isLastTurn) {
      // Code that blocked the event loop for all that time has kept the answer from being received.
      this.#isLastTurn = true
      this.#lookAfter(0)
    } else {
      const { operation, timeout, failed } = this.#options
      const error = new TimeoutError(operation(), timeout)
      this.stop(error)
      failed(error)
    }
  }
}

/** A function of its own, so that its callbacks on the promise reference only `waiting`. */
function listen<Page>(asked: PromiseLike<Page>, waiting: Waiting<Page>): void {
  const failed = (error: unknown): void => waiting.watchdog?.rejected(error)
  try {
    asked.then((page) => waiting.watchdog?.settled(waiting, page), failed)
  } catch (error) {
    failed(error)
  }
}
