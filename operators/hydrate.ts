import { first, from, isObservable, Observable } from 'rxjs'
import { checkFunction, checkObject, must } from './kernel/arguments.ts'
import { checkKeys } from './model/keys.ts'
import { isPromiseLike } from './model/maybePromise.ts'
import type { ProjectedSnapshot } from './model/snapshot.ts'

/** Options of `hydrate`. */
export interface HydrateOptions {
  /** Whether the loaded value is emitted before all values that follow it. Default: `false`. */
  readonly emitLoaded?: boolean
}

/** The value that `emitLoaded` emits: a snapshot as a fold emits it, with `events: 0`; any other value (a position) unchanged. */
export type Loaded<Start> = Start extends { readonly offset: number; readonly state: infer State }
  ? ProjectedSnapshot<State>
  : Start

/**
 * Loads the position or snapshot to continue from, then continues from there; again at each subscription.
 *
 *     load:    --s|
 *     project(s):  --a--b--c
 *     hydrate(load, project)
 *     output:  ------a--b--c
 *
 *     hydrate(load, project, { emitLoaded: true })
 *     output:  ----s-a--b--c
 *
 * 1. At each subscription, `load()` returns a snapshot (or a position): a value, a promise, or an observable, of which the
 *    first value counts. The output then continues with the observable that `project(snapshot)` returns.
 * 2. So a `retryWithJitter` after this operator continues from the last value that is durable at that time.
 * 3. If `load` or `project` throws, rejects or errors, the output errors with that error. If the observable of `load` completes
 *    without a value, the output errors with an `EmptyError`.
 * 4. With `emitLoaded`, the loaded value is emitted first, at each subscription; a snapshot (an object with an `offset` and a
 *    `state`) gets `events: 0`. `project` is called after that. So the state of a quiet log is available after a restart, too.
 *    An {@link onlyForward} after the retry drops values that a retry loads a second time.
 *
 * If `load` returns a value, everything is synchronous. Unsubscribing cancels the load or the projected observable.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs'
 * import { hydrate } from 'rx-projection/operators'
 *
 * hydrate(() => ({ offset: 2 }), ({ offset }) => of(offset + 1)).subscribe(console.log) // prints 3
 * ```
 * @see {@link lastSnapshot}, a `load` that reads a store
 * @throws {TypeError} names the invalid argument.
 */
export function hydrate<Start, R>(
  load: () => Start | PromiseLike<Start> | Observable<Start>,
  project: (start: Start) => Observable<R>,
  options?: HydrateOptions & { readonly emitLoaded?: false },
): Observable<R>
export function hydrate<Start, R>(
  load: () => Start | PromiseLike<Start> | Observable<Start>,
  project: (start: Start) => Observable<R>,
  options: HydrateOptions,
): Observable<R | Loaded<Start>>
export function hydrate<Start, R>(
  load: () => Start | PromiseLike<Start> | Observable<Start>,
  project: (start: Start) => Observable<R>,
  options: HydrateOptions = {},
): Observable<R | Loaded<Start>> {
  checkFunction('load', load)
  checkFunction('project', project)
  checkObject('options', options)
  checkKeys(options, ['emitLoaded'])
  const { emitLoaded = false } = options
  must(typeof emitLoaded === 'boolean', 'emitLoaded', emitLoaded, 'true or false', TypeError)
  return new Observable((output) => {
    /** Whether the values that follow are still needed. */
    const emit = (start: Start): boolean => {
      let loaded: Loaded<Start>
      try {
        loaded = loadedOf(start)
      } catch (error) {
        output.error(error)
        return false
      }
      output.next(loaded)
      return !output.closed
    }
    const resume = (start: Start): void => {
      if (emitLoaded && !emit(start)) return
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
    if (isObservable(start)) output.add(start.pipe(first()).subscribe({ next: resume, error: fail }))
    else if (isPromiseLike(start)) start.then((loaded) => output.closed || resume(loaded), fail)
    else resume(start)
  })
}

function loadedOf<Start>(start: Start): Loaded<Start> {
  const isSnapshot = typeof start === 'object' && start !== null && 'offset' in start && 'state' in start
  return (isSnapshot ? { ...start, events: 0 } : start) as Loaded<Start>
}
