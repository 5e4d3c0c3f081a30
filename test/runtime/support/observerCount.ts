import { Observable } from 'rxjs'

/** An observable that tells how many subscribe to it now. */
export function observerCount<T>(source: Observable<T>): {
  readonly observable: Observable<T>
  readonly observers: number
} {
  let observers = 0
  return {
    observable: new Observable<T>((subscriber) => {
      observers++
      subscriber.add(() => observers--)
      return source.subscribe(subscriber)
    }),
    get observers() {
      return observers
    },
  }
}
