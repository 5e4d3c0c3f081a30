import { isPromiseLike } from '../model/maybePromise.ts'

type Outcome<T> = { readonly value: T } | { readonly error: unknown }

/**
 * A thenable that calls back as soon as it settles, in the same turn. A wrapper between a store and a run must not delay an
 * answer: where the store's own thenables answer immediately, as in virtual time, this one does too.
 */
export class Settling<T> implements PromiseLike<T> {
  #outcome: Outcome<T> | undefined
  #waiting: (() => void)[] = []

  /** @param settle receives the functions that resolve and reject; the first call counts. */
  constructor(settle: (resolve: (value: T) => void, reject: (error: unknown) => void) => void) {
    settle(
      (value) => this.#settle({ value }),
      (error) => this.#settle({ error }),
    )
  }

  // biome-ignore lint/suspicious/noThenProperty: this class is a thenable.
  then<R = T, E = never>(
    onFulfilled?: ((value: T) => R | PromiseLike<R>) | null,
    onRejected?: ((error: unknown) => E | PromiseLike<E>) | null,
  ): PromiseLike<R | E> {
    return new Settling<R | E>((resolve, reject) => {
      const resume = (): void => {
        const outcome = this.#outcome!
        let next: R | E | PromiseLike<R | E>
        try {
          if ('error' in outcome) {
            if (!onRejected) throw outcome.error
            next = onRejected(outcome.error)
          } else next = onFulfilled ? onFulfilled(outcome.value) : (outcome.value as unknown as R)
        } catch (error) {
          reject(error)
          return
        }
        if (isPromiseLike(next)) next.then(resolve, reject)
        else resolve(next as R | E)
      }
      if (this.#outcome === undefined) this.#waiting.push(resume)
      else resume()
    })
  }

  #settle(outcome: Outcome<T>): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }
}
