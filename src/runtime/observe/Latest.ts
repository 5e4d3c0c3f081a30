import { type Observable, ReplaySubject } from 'rxjs'
import { HandleObservable } from './HandleObservable.ts'

/** An observable at the edge of a handle: it has a newest value, or none yet, and gives it to who comes late. */
export class Latest<T> {
  readonly values$: Observable<T>
  readonly #subject = new ReplaySubject<T>(1)
  #ended = false
  #newest: { readonly value: T } | undefined

  /** @param onUnhandled gets an error that a subscriber does not handle. Absent: it goes where RxJS reports such errors. */
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

  /** Emits a value, unless it is the newest one already, or all has ended. */
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
