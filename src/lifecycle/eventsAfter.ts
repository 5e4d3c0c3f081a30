import type { Observable, SchedulerLike } from 'rxjs'
import { ensureSequential } from '../../operators/ensureSequential.ts'
import { followLog, type LogProgress } from '../../operators/followLog.ts'
import type { LogEvent, OneOrMany } from '../../operators/model/index.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { CountedReader } from './countedReader.ts'
import { fromSource } from './fromSource.ts'
import type { PushSource, RunOptions } from './runOptions.ts'

/** Where a run's events come from, and who is told how far it is. */
export interface EventsOfRun {
  readonly name: string
  readonly streams: readonly string[] | undefined
  readonly reader: CountedReader | undefined
  /** In place of a reader. */
  readonly source: PushSource | undefined
  readonly options: RunOptions
  readonly telemetry: Telemetry
  readonly onProgress: (progress: LogProgress) => void
  /** Told when a push source is subscribed. */
  readonly onLive: () => void
}

/** The events of a run after a position, each of them once and in sequence. */
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
  { name, streams, reader, source, options, onProgress, onLive }: EventsOfRun,
  after: number,
  scheduler: SchedulerLike,
): Observable<OneOrMany<LogEvent>> {
  if (reader === undefined) return fromSource(name, source!, after, onLive)
  return followLog(
    { events: reader },
    {
      after,
      pageSize: options.pageSize ?? 512,
      catchUpAfter: options.catchUpAfter ?? 30_000,
      onProgress,
      ...(streams && { streams }),
    },
    scheduler,
  )
}
