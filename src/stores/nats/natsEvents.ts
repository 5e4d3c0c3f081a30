import { merge, type Observable, Subject, share, takeUntil, tap } from 'rxjs'
import type { EventType, NewEvent } from '../../../operators/model/event.ts'
import type { Appended, EventLog } from '../../../operators/ports/events.ts'
import { checkRead } from '../support/checkArguments.ts'
import { Appender } from './Appender.ts'
import type { HoleOptions } from './HoleDetector.ts'
import { LogReader } from './LogReader.ts'
import type { NatsAppendOptions } from './NatsAppendOptions.ts'
import { Numbering } from './Numbering.ts'
import { pushedHints } from './pushedHints.ts'
import type { RetryingClient } from './RetryingClient.ts'

/** A log on JetStream. */
export interface NatsEventLog<E extends EventType = EventType> extends EventLog<E> {
  /**
   * Emits after each time that the connection was lost and is there again, and when another stream is found under the name
   * (it was deleted and made again, or ends before what was read of it).
   */
  readonly reconnects$: Observable<unknown>
  append(stream: string, events: readonly NewEvent<E>[], options?: NatsAppendOptions): Promise<Appended>
}

/** The log of a store, and what ends it. */
export interface NatsEvents {
  readonly events: NatsEventLog
  readonly endHints: () => void
  readonly closeReader: () => void
}

/** Makes the log on a stream. */
export function natsEvents(
  client: RetryingClient,
  log: string,
  now: () => string,
  holes: HoleOptions = {},
): NatsEvents {
  const numbering = new Numbering(client, log)
  const appender = new Appender(client, log, numbering, now)
  const reader = new LogReader(client, log, numbering, holes)
  const own = new Subject<number>()
  const ended = new Subject<void>()
  const pushed$ = pushedHints(client, log, `${log}.>`).pipe(
    tap(({ seq }) => reader.saw(seq)),
    share(),
  )
  const { replaced$, suspected$ } = client.identity
  const reconnects$: Observable<unknown> = merge(client.returns$, replaced$).pipe(takeUntil(ended))
  const hints$: Observable<unknown> = merge(own, pushed$, client.returns$, replaced$, suspected$).pipe(takeUntil(ended))
  return {
    events: {
      async append(stream, events, options) {
        const appended = await appender.append(stream, events, options)
        reader.saw(appended.position)
        own.next(appended.position)
        return appended
      },
      async read(options) {
        checkRead(options)
        return whileWanted(reader.read(options), options.signal)
      },
      hints$,
      reconnects$,
    },
    endHints: () => {
      ended.next()
      ended.complete()
      own.complete()
    },
    closeReader: () => reader.close(),
  }
}

/** Rejects at once when a signal is aborted; the work itself ends when it notices. */
function whileWanted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
