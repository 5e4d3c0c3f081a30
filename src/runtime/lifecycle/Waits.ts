import type { SchedulerLike, Subscription } from 'rxjs'
import { checkObject, checkSignal, checkTimeout } from '../../../operators/kernel/arguments.ts'
import { TimeoutError, type TimeoutReason } from '../../../operators/model/errors/TimeoutError.ts'
import { checkKeys } from '../../../operators/model/keys.ts'

/** How long a wait may take, and what ends it early. */
export interface WaitOptions {
  /** In ms, after which it rejects with a `TimeoutError`; `Infinity` for never. Default: 5 000. */
  readonly timeout?: number
  /** When aborted, the wait rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

interface Wait {
  readonly ready: () => boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const WAIT = ['timeout', 'signal']

/** How long a wait may take that says nothing of it, in ms. */
const BY_DEFAULT = 5_000

/** @throws {TypeError | RangeError} names the option of a wait that is wrong, or unknown; `others` are known, too. */
export function checkWait(options: WaitOptions, others: readonly string[] = []): void {
  checkObject('options', options)
  checkKeys(options, [...others, ...WAIT])
  const { timeout = BY_DEFAULT, signal } = options
  checkTimeout('timeout', timeout)
  checkSignal('signal', signal)
}

/** Promises that wait for something a run will reach. None outlives the run, and none leaves anything behind. */
export class Waits {
  readonly #pending = new Set<Wait>()
  #end: { readonly error: unknown } | undefined
  readonly #scheduler: SchedulerLike

  readonly #why: () => TimeoutReason

  /** @param why tells, when a wait takes too long, where its run stands. */
  constructor(scheduler: SchedulerLike, why: () => TimeoutReason = () => ({})) {
    this.#scheduler = scheduler
    this.#why = why
  }

  get size(): number {
    return this.#pending.size
  }

  /**
   * Resolves once `ready` says so; it is asked immediately, and at each `check`.
   *
   * @param byDefault how long it waits where the options do not say, in ms.
   */
  until(
    ready: () => boolean,
    operation: string,
    options: WaitOptions = {},
    byDefault: number = BY_DEFAULT,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      checkWait(options)
      const { timeout = byDefault, signal } = options
      if (this.#end !== undefined) throw this.#end.error
      signal?.throwIfAborted()
      if (ready()) {
        resolve()
        return
      }
      let timer: Subscription | undefined
      const settle = (settled: () => void): void => {
        this.#pending.delete(wait)
        timer?.unsubscribe()
        signal?.removeEventListener('abort', abort)
        settled()
      }
      const wait: Wait = { ready, resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) }
      const abort = (): void => wait.reject(signal?.reason)
      this.#pending.add(wait)
      signal?.addEventListener('abort', abort, { once: true })
      if (timeout !== Infinity) {
        timer = this.#scheduler.schedule(() => wait.reject(new TimeoutError(operation, timeout, this.#why())), timeout)
      }
    })
  }

  /** Resolves what is ready by now. */
  check(): void {
    if (this.#pending.size === 0) return
    for (const wait of [...this.#pending]) if (wait.ready()) wait.resolve()
  }

  /** Rejects what waits, and from now on every wait at once. */
  endWith(error: unknown): void {
    this.#end = { error }
    for (const wait of [...this.#pending]) wait.reject(error)
  }
}
