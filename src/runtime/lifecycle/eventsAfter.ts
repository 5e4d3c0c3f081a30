import type { Observable, SchedulerLike } from 'rxjs'
import { ensureSequential } from '../../../operators/ensureSequential.ts'
import type { LogProgress } from '../../../operators/follow/FollowLogOptions.ts'
import { followLog } from '../../../operators/followLog.ts'
import type { EventMark, LogEvent, OneOrMany } from '../../../operators/model/index.ts'
import type { CountedReader } from '../../reading/CountedReader.ts'
import type { Telemetry } from '../observe/telemetry.ts'
import { fromSource } from './fromSource.ts'
import type { PushSource, RunOptions } from './runOptions.ts'

/** The origin of a run's events, and the callbacks for its progress. */
export interface EventsOfRun {
  readonly name: string
  readonly streams: readonly string[] | undefined
  readonly reader: CountedReader | undefined
  /** Used instead of a reader. */
  readonly source: PushSource | undefined
  /** The last handled event. A log is asked for it; a source is not. */
  readonly mark: EventMark | undefined
  readonly options: RunOptions
  readonly telemetry: Telemetry
  readonly onProgress: (progress: LogProgress) => void
  /** Called when a push source is live. */
  readonly onLive: () => void
}

/** The events of a run after a position, each once and in sequence. */
export function eventsAfter(
  run: EventsOfRun,
  after: number,
  scheduler: SchedulerLike,
): Observable<OneOrMany<LogEvent>> {
  const { options, telemetry } = run
  return unchecked(run, after, scheduler).pipe(
    ensureSequential<OneOrMany<LogEvent>>(
      {
        after,
        onDuplicate: (event, last) => telemetry.on && telemetry.emit({ type: 'duplicate', event, last }),
        onUnhandled: (message) => telemetry.on && telemetry.emit({ type: 'unhandled', message }),
        ...(options.hold && { hold: options.hold }),
      },
      scheduler,
    ),
  )
}

function unchecked(
  { name, streams, reader, source, mark, options, onProgress, onLive }: EventsOfRun,
  after: number,
  scheduler: SchedulerLike,
): Observable<OneOrMany<LogEvent>> {
  if (reader === undefined) {
    return fromSource({ name, source: source!, liveAfter: options.liveAfter ?? 1_000, onLive }, after, scheduler)
  }
  return followLog(
    { events: reader },
    {
      after,
      pageSize: options.pageSize ?? 512,
      catchUpAfter: options.catchUpAfter ?? 30_000,
      readTimeout: options.readTimeout ?? 30_000,
      ...(mark && { mark }),
      onProgress,
      ...(streams && { streams }),
    },
    scheduler,
  )
}
