import type { Observable } from 'rxjs'
import type { VirtualTime } from './VirtualTime.ts'

/** What an observable did, and when. */
export interface Recording<T> {
  readonly values: T[]
  /** The values with their times, in ms. */
  readonly timed: [ms: number, value: T][]
  completed: boolean
  error: unknown
  unsubscribe(): void
}

/** Subscribes, and writes everything down. */
export function record<T>(observable: Observable<T>, time?: VirtualTime): Recording<T> {
  const recording: Recording<T> = {
    values: [],
    timed: [],
    completed: false,
    error: undefined,
    unsubscribe: () => subscription.unsubscribe(),
  }
  const subscription = observable.subscribe({
    next: (value) => {
      recording.values.push(value)
      recording.timed.push([time?.frame ?? 0, value])
    },
    error: (error: unknown) => {
      recording.error = error
    },
    complete: () => {
      recording.completed = true
    },
  })
  return recording
}

/** How a promise stands. */
export interface Settling<T> {
  state: 'pending' | 'resolved' | 'rejected'
  value: T | undefined
  error: unknown
}

/** Watches a promise, so that a test can ask how it stands (after `promises()` or `time.passTo`). */
export function watch<T>(promise: PromiseLike<T>): Settling<T> {
  const settling: Settling<T> = { state: 'pending', value: undefined, error: undefined }
  promise.then(
    (value) => Object.assign(settling, { state: 'resolved', value }),
    (error: unknown) => Object.assign(settling, { state: 'rejected', error }),
  )
  return settling
}
