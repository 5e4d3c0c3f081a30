import type { SchedulerLike, Subscription } from 'rxjs'
import { clockOf } from '../kernel/clock.ts'
import { TimeoutError } from '../model/errors/TimeoutError.ts'

/** Whom a watchdog tells, and how long it waits. */
export interface WatchdogOptions<Page> {
  /** How long a read may take, in ms; `Infinity` for any time. */
  readonly timeout: number
  readonly scheduler: SchedulerLike
  /** Says which read is waited for. */
  readonly operation: () => string
  readonly arrived: (page: Page) => void
  readonly failed: (error: unknown) => void
}

/** What a promise holds on to: once it is let go of, a promise that never settles keeps nothing alive. */
interface Waiting<Page> {
  watchdog: ReadWatchdog<Page> | undefined
  /** The call that asked has not returned yet. */
  asking: boolean
  now: { readonly page: Page } | undefined
}

/**
 * Waits for the answers of one reader, one at a time, and no longer than their time. It has one timer: while reads follow each
 * other, that one looks again when the time of the newest is up.
 */
export class ReadWatchdog<Page> {
  #waiting: Waiting<Page> | undefined
  #deadline = 0
  /** The time is up; the event loop has one more turn, in which an answer that lies there already is taken. */
  #isLastTurn = false
  #timer: Subscription | undefined
  readonly #aborter = new AbortController()
  readonly #now: () => number
  readonly #options: WatchdogOptions<Page>

  constructor(options: WatchdogOptions<Page>) {
    this.#options = options
    this.#now = clockOf(options.scheduler)
  }

  /** Aborted when nobody waits for an answer any more. */
  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  /** Waits for an answer. A promise of somebody's own may give it while it is asked: then it is returned. */
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

  /** Waits for nothing any more, and aborts what is asked. */
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
      // Whoever has blocked the event loop for all that time has kept the answer from being heard.
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

/** Stands alone, so that what it gives to the promise holds on to nothing but `waiting`. */
function listen<Page>(asked: PromiseLike<Page>, waiting: Waiting<Page>): void {
  const failed = (error: unknown): void => waiting.watchdog?.rejected(error)
  try {
    asked.then((page) => waiting.watchdog?.settled(waiting, page), failed)
  } catch (error) {
    failed(error)
  }
}
