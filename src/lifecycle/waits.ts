import type { SchedulerLike, Subscription } from 'rxjs'
import { inspect } from '../../operators/model/errors/inspect.ts'
import { TimeoutError, type TimeoutReason } from '../../operators/model/errors/TimeoutError.ts'
import { checkKeys } from '../../operators/model/keys.ts'
import { checkDelay, checkObject } from '../../operators/support/arguments.ts'

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

/** Promises that wait for something a run will reach. None outlives the run, and none leaves anything behind. */
export class Waits {
  private readonly pending = new Set<Wait>()
  private end: { readonly error: unknown } | undefined
  private readonly scheduler: SchedulerLike

  private readonly why: () => TimeoutReason

  /** @param why tells, when a wait takes too long, where its run stands. */
  constructor(scheduler: SchedulerLike, why: () => TimeoutReason = () => ({})) {
    this.scheduler = scheduler
    this.why = why
  }

  get size(): number {
    return this.pending.size
  }

  /** Resolves once `ready` says so; it is asked at once, and at each `check`. */
  until(ready: () => boolean, operation: string, options: WaitOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      checkObject('options', options)
      checkKeys(options, WAIT)
      const { timeout = 5_000, signal } = options
      if (timeout !== Infinity) checkDelay('timeout', timeout)
      if (signal !== undefined && !(signal instanceof AbortSignal)) {
        throw new TypeError(`signal must be an AbortSignal, not ${inspect(signal)}`)
      }
      if (this.end !== undefined) throw this.end.error
      signal?.throwIfAborted()
      if (ready()) {
        resolve()
        return
      }
      let timer: Subscription | undefined
      const settle = (settled: () => void): void => {
        this.pending.delete(wait)
        timer?.unsubscribe()
        signal?.removeEventListener('abort', abort)
        settled()
      }
      const wait: Wait = { ready, resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) }
      const abort = (): void => wait.reject(signal?.reason)
      this.pending.add(wait)
      signal?.addEventListener('abort', abort, { once: true })
      if (timeout !== Infinity) {
        timer = this.scheduler.schedule(() => wait.reject(new TimeoutError(operation, timeout, this.why())), timeout)
      }
    })
  }

  /** Resolves what is ready by now. */
  check(): void {
    if (this.pending.size === 0) return
    for (const wait of [...this.pending]) if (wait.ready()) wait.resolve()
  }

  /** Rejects what waits, and from now on every wait at once. */
  endWith(error: unknown): void {
    this.end = { error }
    for (const wait of [...this.pending]) wait.reject(error)
  }
}
