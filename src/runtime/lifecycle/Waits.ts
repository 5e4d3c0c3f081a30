import type { SchedulerLike, Subscription } from 'rxjs'
import { checkObject, checkSignal, checkTimeout } from '../../../operators/kernel/arguments.ts'
import { TimeoutError, type TimeoutReason } from '../../../operators/model/errors/TimeoutError.ts'
import { checkKeys } from '../../../operators/model/keys.ts'

/** The timeout of a wait, and a signal to end it early. */
export interface WaitOptions {
  /** In ms. After this time the wait rejects with a `TimeoutError`; `Infinity`: never. Default: 5 000. */
  readonly timeout?: number
  /** When the signal is aborted, the wait rejects with its reason. */
  readonly signal?: AbortSignal
}

interface Wait {
  readonly ready: () => boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

const WAIT = ['timeout', 'signal']

/** The timeout of a wait that does not set one, in ms. */
const BY_DEFAULT = 5_000

/** @throws {TypeError | RangeError} names the wrong or unknown option of a wait; `others` are also allowed. */
export function checkWait(options: WaitOptions, others: readonly string[] = []): void {
  checkObject('options', options)
  checkKeys(options, [...others, ...WAIT])
  const { timeout = BY_DEFAULT, signal } = options
  checkTimeout('timeout', timeout)
  checkSignal('signal', signal)
}

/** Promises for conditions that a run will reach. All of them settle when the run ends, and they leave nothing behind. */
export class Waits {
  readonly #pending = new Set<Wait>()
  #end: { readonly error: unknown } | undefined
  readonly #scheduler: SchedulerLike

  readonly #why: () => TimeoutReason

  /** @param why returns the state of the run, for the error of a wait that takes too long. */
  constructor(scheduler: SchedulerLike, why: () => TimeoutReason = () => ({})) {
    this.#scheduler = scheduler
    this.#why = why
  }

  get size(): number {
    return this.#pending.size
  }

  /**
   * Resolves once `ready` returns true. `ready` runs immediately, and again at each `check`.
   *
   * @param byDefault the timeout in ms, if the options have none.
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

  /** Resolves every wait that is ready. */
  check(): void {
    if (this.#pending.size === 0) return
    for (const wait of [...this.#pending]) if (wait.ready()) wait.resolve()
  }

  /** Rejects all pending waits, and immediately rejects each later one. */
  endWith(error: unknown): void {
    this.#end = { error }
    for (const wait of [...this.#pending]) wait.reject(error)
  }
}
