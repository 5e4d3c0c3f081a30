import { Observable, type Observer, type Operator, type Subscription } from 'rxjs'

/**
 * An observable of a handle, which errors with the fault of its run. RxJS throws an error that a subscriber does not handle in a
 * new task, which ends a Node process. With this class, such an error goes to a callback instead, also behind operators.
 */
export class HandleObservable<T> extends Observable<T> {
  readonly #onUnhandled: (error: unknown) => void

  constructor(source: Observable<T>, onUnhandled: (error: unknown) => void) {
    super()
    this.source = source
    this.#onUnhandled = onUnhandled
  }

  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new HandleObservable<R>(this as never, this.#onUnhandled)
    if (operator !== undefined) lifted.operator = operator as never
    return lifted
  }

  override subscribe(
    observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null,
    error?: ((error: unknown) => void) | null,
    complete?: (() => void) | null,
  ): Subscription {
    if (typeof observerOrNext === 'object' && observerOrNext !== null) {
      const observer = observerOrNext
      // Subscribers of operators take this path, too: they always have an `error`.
      if (typeof observer.error === 'function') return super.subscribe(observer)
      return super.subscribe({
        next: (value) => observer.next?.(value),
        error: this.#onUnhandled,
        complete: () => observer.complete?.(),
      })
    }
    return super.subscribe({
      ...(typeof observerOrNext === 'function' && { next: observerOrNext }),
      error: error ?? this.#onUnhandled,
      ...(complete && { complete }),
    })
  }
}
