import {
  concat,
  defer,
  filter,
  finalize,
  type Observable,
  type SchedulerLike,
  type Subscription,
  tap,
  throwError,
} from 'rxjs'
import { type LogEvent, type OneOrMany, SourceCompletedError } from '../../operators/model/index.ts'
import type { PushSource } from './runOptions.ts'

/** A source, and what a run needs to know of it. */
export interface Source {
  readonly name: string
  readonly source: PushSource
  /** How long after its subscription a source that has not failed counts as live, in ms. */
  readonly liveAfter: number
  readonly onLive: () => void
}

/**
 * What a push source gives after a position. It is live when it emits an empty array, which is not passed on, or `liveAfter`
 * ms after its subscription, unless it has failed by then. Its completing is an error.
 */
export function fromSource(
  { name, source, liveAfter, onLive }: Source,
  after: number,
  scheduler: SchedulerLike,
): Observable<OneOrMany<LogEvent>> {
  return defer(() => {
    let timer: Subscription | undefined
    const live = (): void => {
      timer?.unsubscribe()
      timer = undefined
      onLive()
    }
    return concat(
      source(after),
      throwError(() => new SourceCompletedError(name)),
    ).pipe(
      tap({
        subscribe: () => {
          timer = scheduler.schedule(live, liveAfter)
        },
      }),
      filter((item) => {
        if (!Array.isArray(item) || item.length > 0) return true
        live()
        return false
      }),
      finalize(() => timer?.unsubscribe()),
    )
  })
}
