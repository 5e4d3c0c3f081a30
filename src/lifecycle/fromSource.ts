import { concat, defer, type Observable, throwError } from 'rxjs'
import { type LogEvent, type OneOrMany, SourceCompletedError } from '../../operators/model/index.ts'
import type { PushSource } from './runOptions.ts'

/** What a push source gives after a position. It counts as live from its subscription; its completing is an error. */
export function fromSource(
  name: string,
  source: PushSource,
  after: number,
  live: () => void,
): Observable<OneOrMany<LogEvent>> {
  return defer(() => {
    live()
    return concat(
      source(after),
      throwError(() => new SourceCompletedError(name)),
    )
  })
}
