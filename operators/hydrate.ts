import { first, from, isObservable, Observable } from 'rxjs'
import { isPromiseLike } from './model/maybePromise.ts'
import { checkFunction } from './support/arguments.ts'

/**
 * Loads where to continue, then goes on from there; anew at each subscription.
 *
 *     load:    --s|
 *     project(s):  --a--b--c
 *     hydrate(load, project)
 *     output:  ------a--b--c
 *
 * 1. At each subscription `load()` gives a snapshot (or a position): a value, a promise, or an observable, of which the
 *    first value counts. Then it continues with the observable that `project(snapshot)` returns.
 * 2. So a `retryWithJitter` behind it goes on from what is durable at that time.
 * 3. A `load` or a `project` that throws, rejects or errors is an error of the output. An observable that completes
 *    without a value is an `EmptyError`.
 *
 * Where `load` answers with a value, everything is synchronous. Unsubscribing ends what is running.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs'
 * import { hydrate } from 'rx-projection/operators'
 *
 * hydrate(() => ({ offset: 2 }), ({ offset }) => of(offset + 1)).subscribe(console.log) // prints 3
 * ```
 * @see {@link lastSnapshot}, a `load` that asks a store
 * @throws {TypeError} names the argument that is wrong.
 */
export function hydrate<Start, R>(
  load: () => Start | PromiseLike<Start> | Observable<Start>,
  project: (start: Start) => Observable<R>,
): Observable<R> {
  checkFunction('load', load)
  checkFunction('project', project)
  return new Observable((output) => {
    const goOn = (start: Start): void => {
      let rest$: Observable<R>
      try {
        rest$ = from(project(start))
      } catch (error) {
        output.error(error)
        return
      }
      rest$.subscribe(output)
    }
    const fail = (error: unknown): void => output.error(error)
    const start = load()
    if (isObservable(start)) output.add(start.pipe(first()).subscribe({ next: goOn, error: fail }))
    else if (isPromiseLike(start)) start.then((loaded) => output.closed || goOn(loaded), fail)
    else goOn(start)
  })
}
