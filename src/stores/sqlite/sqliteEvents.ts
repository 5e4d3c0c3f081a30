import type { Observable } from 'rxjs'
import type { EventType, NewEvent } from '../../../operators/model/event.ts'
import { RevisionConflictError } from '../../../operators/ports/errors/RevisionConflictError.ts'
import type { Appended, AppendOptions, EventLog } from '../../../operators/ports/events.ts'
import { checkRead } from '../support/checkArguments.ts'
import { checkAppend } from '../support/newEvents.ts'
import type { Connection } from './Connection.ts'
import { headOf } from './headOf.ts'
import { readPage } from './readPage.ts'

export const REVISION = 'SELECT revision FROM rx_events WHERE stream = ? ORDER BY position DESC LIMIT 1'

/** The last revision of a stream that belonged to an event which has been deleted since. */
const ERASED_REVISION = 'SELECT revision FROM rx_erased WHERE stream = ?'

const INSERT = `INSERT INTO rx_events (position, stream, type, payload, revision, recorded_at, metadata)
  VALUES (?, ?, ?, ?, ?, ?, ?)`

/** Creates the log of a file. */
export function sqliteEvents(connection: Connection, now: () => string, hints$: Observable<unknown>): EventLog {
  function store(stream: string, events: readonly NewEvent<EventType>[], options?: AppendOptions): Appended {
    checkAppend(stream, events, options)
    return connection.write(() => {
      let { position, revision } = lastOf(stream)
      const expected = options?.expectedRevision
      if (expected !== undefined && expected !== revision) {
        throw new RevisionConflictError({ stream, expected, actual: revision })
      }
      const insert = connection.prepare(INSERT)
      const time = now()
      for (let index = 0; index < events.length; index++) {
        const { type, payload, recordedAt = time, metadata } = events[index]!
        const details = metadata === undefined ? null : JSON.stringify(metadata)
        insert.run(++position, stream, type, JSON.stringify(payload), ++revision, recordedAt, details)
      }
      connection.appended()
      return { position, revision }
    })
  }

  /** The last assigned numbers, even if their events have been deleted since: no number is assigned again. */
  function lastOf(stream: string): Appended {
    const { head, erased } = headOf(connection)
    const revision = revisionOf(REVISION, stream)
    if (erased === 0) return { position: head, revision }
    return { position: head, revision: Math.max(revision, revisionOf(ERASED_REVISION, stream)) }
  }

  function revisionOf(sql: string, stream: string): number {
    const row = connection.prepare(sql).get(stream) as unknown as [number] | undefined
    return row?.[0] ?? 0
  }

  return {
    append(stream, events, options) {
      try {
        return Promise.resolve(connection.use(() => store(stream, events, options)))
      } catch (error) {
        // Within a transaction nobody can await this promise. So it fails the whole transaction, whose commit throws the error.
        const rejection = Promise.reject(error)
        if (connection.markRollbackOnly(error)) rejection.catch(() => {})
        return rejection
      }
    },
    read: (options) =>
      connection.use(() => {
        checkRead(options)
        return readPage(connection, options)
      }),
    hints$,
  }
}
