import { isPromiseLike } from '../../../operators/model/maybePromise.ts'
import type { VirtualTime } from './VirtualTime.ts'

type Settled<T> = { readonly value: T } | { readonly error: unknown }

/** A promise in virtual time: it settles when its time has come, and who waits goes on in the same moment. */
export class Later<T> implements PromiseLike<T> {
  private settled: Settled<T> | undefined
  private waiting: ((settled: Settled<T>) => void)[] = []

  /** Something that takes a while, in ms, and then gives or throws. */
  static after<T>(time: VirtualTime, ms: number, work: () => T | PromiseLike<T>): Later<T> {
    const later = new Later<T>()
    time.schedule(() => later.try(work), ms)
    return later
  }

  /** Something that never ends. */
  static never<T>(): Later<T> {
    return new Later()
  }

  resolve(value: T): void {
    this.settle({ value })
  }

  reject(error: unknown): void {
    this.settle({ error })
  }

  // biome-ignore lint/suspicious/noThenProperty: it stands in for a promise
  then<R = T, F = never>(
    onValue?: ((value: T) => R | PromiseLike<R>) | null,
    onError?: ((error: unknown) => F | PromiseLike<F>) | null,
  ): Later<R | F> {
    const next = new Later<R | F>()
    this.once((settled) => {
      if ('value' in settled) {
        if (onValue) next.try(() => onValue(settled.value))
        else next.settle(settled as unknown as Settled<R>)
      } else if (onError) next.try(() => onError(settled.error))
      else next.settle(settled)
    })
    return next
  }

  private try(work: () => T | PromiseLike<T>): void {
    let result: T | PromiseLike<T>
    try {
      result = work()
    } catch (error) {
      this.reject(error)
      return
    }
    if (isPromiseLike(result)) {
      result.then(
        (value) => this.resolve(value),
        (error: unknown) => this.reject(error),
      )
    } else this.resolve(result)
  }

  private once(callback: (settled: Settled<T>) => void): void {
    if (this.settled === undefined) this.waiting.push(callback)
    else callback(this.settled)
  }

  private settle(settled: Settled<T>): void {
    if (this.settled !== undefined) return
    this.settled = settled
    const { waiting } = this
    this.waiting = []
    for (const callback of waiting) callback(settled)
  }
}
