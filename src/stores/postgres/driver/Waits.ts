import type { SchedulerLike } from 'rxjs'
import { TimeoutError } from '../../../../operators/model/errors/TimeoutError.ts'

/** How one answer is waited for. */
export interface Wait {
  /** What is waited for, in words: part of the error when it does not come. */
  readonly what: string
  /** What helps when it does not come, in words: the end of the error's message. */
  readonly advice?: string
  /** How long, in ms. Default: as long as all others. */
  readonly ms?: number
  /** A count that grows as long as others in the same line have their turns: then it is not over when the time is up. */
  readonly moved?: () => number
  /** Ends the wait when it is aborted, with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Called when the answer is not waited for any more: nobody else must meet what is still to come. */
  readonly giveUp?: (error: unknown) => void
}

/** Waits for answers of a server: never without an end. All of them can be ended together. */
export class Waits {
  readonly #ms: number
  readonly #scheduler: SchedulerLike
  readonly #open = new Set<(error: unknown) => void>()
  #over: { readonly error: unknown } | undefined

  /** @param ms how long an answer is waited for, in ms. */
  constructor(ms: number, scheduler: SchedulerLike) {
    this.#ms = ms
    this.#scheduler = scheduler
  }

  /** Why no answer is waited for any more; `undefined` as long as they are. */
  get over(): { readonly error: unknown } | undefined {
    return this.#over
  }

  /** Waits for an answer; fails with a `TimeoutError` when it takes too long. */
  for<T>(answer: Promise<T>, { what, advice, ms = this.#ms, moved, signal, giveUp }: Wait): Promise<T> {
    return new Promise((resolve, reject) => {
      const settled = (): void => {
        this.#open.delete(end)
        timer.unsubscribe()
        signal?.removeEventListener('abort', abort)
      }
      const end = (error: unknown): void => {
        settled()
        reject(error)
        giveUp?.(error)
      }
      const abort = (): void => end(signal!.reason)
      let seen = moved?.()
      const timeUp = (): void => {
        const now = moved?.()
        if (now === seen) end(new TimeoutError(what, ms, { advice }))
        else timer = this.#scheduler.schedule(timeUp, ms)
        seen = now
      }
      let timer = this.#scheduler.schedule(timeUp, ms)
      answer.then(
        (value) => {
          settled()
          resolve(value)
        },
        (error: unknown) => {
          settled()
          reject(error)
        },
      )
      this.#open.add(end)
      signal?.addEventListener('abort', abort)
      if (this.#over !== undefined) end(this.#over.error)
      else if (signal?.aborted) abort()
    })
  }

  /** Ends all waits, those that begin later too. */
  end(error: unknown): void {
    this.#over ??= { error }
    for (const end of this.#open) end(error)
  }
}
