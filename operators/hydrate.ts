import { first, from, isObservable, Observable } from 'rxjs'
import { checkFunction, checkObject, must } from './kernel/arguments.ts'
import { checkKeys } from './model/keys.ts'
import { isPromiseLike } from './model/maybePromise.ts'
import type { ProjectedSnapshot } from './model/snapshot.ts'

/** What `hydrate` may be told. */
export interface HydrateOptions {
  /** Whether what was loaded is emitted, before all that follows it. Default: `false`. */
  readonly emitLoaded?: boolean
}

/** What `emitLoaded` emits: a snapshot as a fold emits it, with `events: 0`; anything else (a position) as it is. */
export type Loaded<Start> = Start extends { readonly offset: number; readonly state: infer State }
  ? ProjectedSnapshot<State>
  : Start

/**
 * Loads where to continue, then goes on from there; anew at each subscription.
 *
 *     load:    --s|
 *     project(s):  --a--b--c
 *     hydrate(load, project)
 *     output:  ------a--b--c
 *
 *     hydrate(load, project, { emitLoaded: true })
 *     output:  ----s-a--b--c
 *
 * 1. At each subscription `load()` gives a snapshot (or a position): a value, a promise, or an observable, of which the
 *    first value counts. Then it continues with the observable that `project(snapshot)` returns.
 * 2. So a `retryWithJitter` behind it goes on from what is durable at that time.
 * 3. A `load` or a `project` that throws, rejects or errors is an error of the output. An observable that completes
 *    without a value is an `EmptyError`.
 * 4. With `emitLoaded`, what was loaded is emitted first, at each subscription; a snapshot (an object with an `offset` and a
 *    `state`) gets `events: 0`. `project` is called after that. So the state of a quiet log is there after a restart, too.
 *    An {@link onlyForward} behind the retry drops what a retry loads a second time.
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
    /** Whether what follows it is still wanted. */
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
