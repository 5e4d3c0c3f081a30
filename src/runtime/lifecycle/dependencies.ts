import { filter, first, forkJoin, map, type Observable, of } from 'rxjs'
import { DependencyError } from './DependencyError.ts'
import type { Status } from './status.ts'

/** A possible dependency of a projection or projector: the handle of another one. */
export interface Dependency {
  readonly name: string
  readonly status$: Observable<Status>
}

/** Emits once when all dependencies are live; errors when one ends before it was live. */
export function whenAllLive(dependent: string, dependencies: readonly Dependency[]): Observable<unknown> {
  if (dependencies.length === 0) return of(undefined)
  return forkJoin(
    dependencies.map(({ name, status$ }) =>
      status$.pipe(
        map((status) => {
          if (status === 'faulted' || status === 'stopped') throw new DependencyError(dependent, name, status)
          return status
        }),
        filter((status) => status === 'live'),
        first(),
      ),
    ),
  )
}
