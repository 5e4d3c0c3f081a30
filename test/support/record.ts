import type { Observable, Subscription } from 'rxjs'

/** What an observable has said until now. */
export interface Recorded<T> {
  readonly values: readonly T[]
  readonly error: unknown
  readonly failed: boolean
  readonly completed: boolean
  readonly subscription: Subscription
}

/** Subscribes to an observable and writes down what it says. */
export function record<T>(source$: Observable<T>): Recorded<T> {
  const values: T[] = []
  const recorded = { values, error: undefined as unknown, failed: false, completed: false }
  const subscription = source$.subscribe({
    next: (value) => values.push(value),
    error: (error: unknown) => Object.assign(recorded, { error, failed: true }),
    complete: () => Object.assign(recorded, { completed: true }),
  })
  return Object.assign(recorded, { subscription })
}
