import {
  asyncScheduler,
  type MonoTypeOperatorFunction,
  Observable,
  type SchedulerLike,
  type Subscriber,
  type Subscription,
} from 'rxjs'
import {
  checkCount,
  checkDelay,
  checkFunction,
  checkObject,
  checkOptionalFunction,
  checkScheduler,
  checkSwitch,
  must,
} from './kernel/arguments.ts'
import { clockOf } from './kernel/clock.ts'
import { Stage } from './kernel/operate.ts'
import { type Backoff, retryWait } from './kernel/retryWait.ts'
import { checkKeys } from './model/keys.ts'

/** Describes a retry. */
export interface Retry {
  /** The number of the retry: 1 for the first. */
  readonly attempt: number
  /** How long it waits, in ms. */
  readonly wait: number
}

/** Options of `retryWithJitter`. */
export interface RetryOptions {
  /** How long to wait before the first retry, in ms. */
  readonly delay: number
  /** The random part: an integer from 0 to `entropy`, both included, is added to each wait, in ms. Default: 0. */
  readonly entropy?: number
  /** How the wait grows; absent: it stays the same. */
  readonly backoff?: Backoff
  /** The maximum number of retries. Default: `Infinity`. */
  readonly count?: number
  /** A run that lasts at least this long, in ms, since its subscription resets the count of attempts. Absent: no run does. */
  readonly resetAfter?: number
  /** Whether to retry after an error. Absent: after every error. */
  readonly retryIf?: (error: unknown, attempt: number) => boolean
  /** Whether the first subscription waits too. Default: `false`. */
  readonly delayFirst?: boolean
  /** Called before the wait of each retry, with the error and the retry. */
  readonly onRetry?: (error: unknown, retry: Retry) => void
}

/**
 * Subscribes again after an error. Before that it waits, with a random part, so that many subscribers that failed together do
 * not retry together.
 *
 *     source:  --a--#
 *     retryWithJitter({ delay: 3, entropy: 2 }, () => 0.5)
 *     output:  --a-------a-------a---                        waits of 3 + floor(0.5 × 3) = 4 frames
 *
 * 1. Waits `min(delay × factor^(attempt − 1), max) + floor(random() × (entropy + 1))` ms, then subscribes again. `attempt` is 1
 *    for the first retry; without `backoff` the factor is 1.
 * 2. After `count` retries, or if `retryIf` returns `false`, the last error passes through.
 * 3. A run that lasts `resetAfter` ms or longer resets the attempts before it, for the wait and for `count`.
 * 4. With `delayFirst`, the first subscription waits `delay` and a random part, too.
 *
 * Values and completion pass through. Unsubscribing ends a wait immediately. If a callback throws, the output errors with that
 * error.
 *
 * @param random returns a number from 0 up to 1 at each call; `Math.random` by default.
 * @param scheduler the clock and the timer; `asyncScheduler` by default.
 * @example
 * ```ts
 * import { defer } from 'rxjs'
 * import { retryWithJitter } from 'rx-projection/operators'
 *
 * let tries = 0
 * const flaky$ = defer(async () => {
 *   tries += 1
 *   if (tries < 3) throw new Error('not yet')
 *   return 'there'
 * })
 * flaky$.pipe(retryWithJitter({ delay: 10, entropy: 5 })).subscribe(console.log) // prints there
 * ```
 * @throws {TypeError | RangeError} names the invalid argument.
 */
export function retryWithJitter<T>(
  options: RetryOptions,
  random: () => number = Math.random,
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<T> {
  checkRetryOptions(options)
  checkFunction('random', random)
  checkScheduler('scheduler', scheduler)
  return (source) =>
    new Observable((output) => {
      const runs = new Runs(source, output, options, random, scheduler)
      if (options.delayFirst) runs.subscribeAfter(runs.wait(1))
      else runs.subscribe()
    })
}

const RETRY = ['delay', 'entropy', 'backoff', 'count', 'resetAfter', 'retryIf', 'delayFirst', 'onRetry']

/** @throws {TypeError | RangeError} names the invalid option. */
export function checkRetryOptions(options: RetryOptions, path = ''): void {
  const at = path === '' ? '' : `${path}.`
  checkObject(path === '' ? 'options' : path, options)
  checkKeys(options, RETRY, path)
  for (const name of ['retryIf', 'onRetry'] as const) checkOptionalFunction(`${at}${name}`, options[name])
  const { delay, entropy = 0, backoff, count = Infinity, resetAfter } = options
  checkDelay(`${at}delay`, delay)
  checkCount(`${at}entropy`, entropy, 0)
  if (backoff !== undefined) {
    checkObject(`${at}backoff`, backoff)
    checkKeys(backoff, ['factor', 'max'], `${at}backoff`)
    const { factor, max } = backoff
    must(Number.isFinite(factor) && factor >= 1, `${at}backoff.factor`, factor, 'a number of at least 1')
    checkDelay(`${at}backoff.max`, max)
  }
  const longest = (backoff === undefined ? delay : backoff.max) + entropy
  checkDelay(path === '' ? 'the longest wait' : `the longest wait of ${path}`, longest)
  if (count !== Infinity) checkCount(`${at}count`, count, 0)
  if (resetAfter !== undefined) checkDelay(`${at}resetAfter`, resetAfter)
  checkSwitch(`${at}delayFirst`, options.delayFirst)
}

/** Subscribes to the source again and again, one subscription at a time. */
class Runs<T> {
  #attempt = 0
  #since = 0
  #timer: Subscription | undefined
  readonly #source: Observable<T>
  readonly #output: Subscriber<T>
  readonly #options: RetryOptions
  readonly #random: () => number
  readonly #scheduler: SchedulerLike
  readonly #now: () => number

  constructor(
    source: Observable<T>,
    output: Subscriber<T>,
    options: RetryOptions,
    random: () => number,
    scheduler: SchedulerLike,
  ) {
    this.#source = source
    this.#output = output
    this.#options = options
    this.#random = random
    this.#scheduler = scheduler
    this.#now = clockOf(scheduler)
    // Added once for all waits: timers added one by one would accumulate in the output, and retries may continue forever.
    output.add(() => this.#timer?.unsubscribe())
  }

  subscribe(): void {
    this.#since = this.#now()
    this.#source.subscribe(new RunStage(this.#output, this))
  }

  subscribeAfter(wait: number): void {
    if (!this.#output.closed) this.#timer = this.#scheduler.schedule(() => this.subscribe(), wait)
  }

  /** Reacts to the error of a run: waits and starts another run, or ends the output. */
  failed(error: unknown): void {
    const { resetAfter, count = Infinity } = this.#options
    if (resetAfter !== undefined && this.#now() - this.#since >= resetAfter) this.#attempt = 0
    if (this.#attempt >= count) {
      this.#output.error(error)
      return
    }
    this.#attempt++
    let wait: number | undefined
    try {
      wait = this.#decide(error)
    } catch (thrown) {
      this.#output.error(thrown)
      return
    }
    if (wait === undefined) this.#output.error(error)
    else this.subscribeAfter(wait)
  }

  /** How long to wait before an attempt, in ms. */
  wait(attempt: number): number {
    return retryWait(this.#options, attempt, this.#random)
  }

  #decide(error: unknown): number | undefined {
    const { retryIf, onRetry } = this.#options
    const attempt = this.#attempt
    if (retryIf !== undefined && !retryIf(error, attempt)) return undefined
    const wait = this.wait(attempt)
    onRetry?.(error, { attempt, wait })
    return wait
  }
}

/** Passes the notifications of one run through; its error goes to `Runs`. */
class RunStage<T> extends Stage<T, T> {
  readonly #runs: Runs<T>

  constructor(output: Subscriber<T>, runs: Runs<T>) {
    super(output)
    this.#runs = runs
  }

  override next(value: T): void {
    if (!this.isStopped) this.output.next(value)
  }

  protected override sourceFailed(error: unknown): void {
    this.#runs.failed(error)
  }
}
