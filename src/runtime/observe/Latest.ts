import { type Observable, ReplaySubject } from 'rxjs'
import { HandleObservable } from './HandleObservable.ts'

/** An observable of a handle. It has a latest value, or none yet; late subscribers receive the latest value. */
export class Latest<T> {
  readonly values$: Observable<T>
  readonly #subject = new ReplaySubject<T>(1)
  #ended = false
  #newest: { readonly value: T } | undefined

  /** @param onUnhandled receives an error that a subscriber does not handle. Absent: RxJS reports such errors as usual. */
  constructor(onUnhandled?: (error: unknown) => void) {
    const values$ = this.#subject.asObservable()
    this.values$ = onUnhandled === undefined ? values$ : new HandleObservable(values$, onUnhandled)
  }

  get value(): T | undefined {
    return this.#newest?.value
  }

  get observed(): boolean {
    return this.#subject.observed
  }

  /** Emits a value, unless it is already the latest one or the observable has ended. */
  next(value: T): void {
    if (this.#ended) return
    if (this.#newest !== undefined && Object.is(this.#newest.value, value)) return
    this.#newest = { value }
    this.#subject.next(value)
  }

  error(error: unknown): void {
    this.#ended = true
    this.#subject.error(error)
  }

  complete(): void {
    this.#ended = true
    this.#subject.complete()
  }
}
