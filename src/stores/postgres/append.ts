import { RevisionConflictError } from '../../../operators/model/errors/RevisionConflictError.ts'
import type { EventType, NewEvent } from '../../../operators/model/event.ts'
import type { Appended, AppendOptions } from '../../../operators/model/store.ts'
import { checkAppend } from '../support/newEvents.ts'
import type { Queryable, Value } from './driver/Driver.ts'
import { KEY, type Tables } from './schema/migrations.ts'

/** An append that was checked, and has captured its events. */
export interface PreparedAppend {
  readonly stream: string
  readonly expected: number | undefined
  readonly values: readonly Value[]
}

/**
 * One statement: the stream's row is locked and its revision checked before any number is drawn, so that a refused append
 * leaves no hole, and one that waits for another of its stream holds back no reader.
 */
function insertSql({ streams, events }: Tables): string {
  return `WITH stream AS (
    INSERT INTO ${streams} AS s (key, name, revision)
    SELECT ${KEY('$1::text')}, $1, $2::bigint
    WHERE $3::bigint IS NULL OR $3 = 0 OR EXISTS (SELECT FROM ${streams} WHERE key = ${KEY('$1')})
    ON CONFLICT (key) DO UPDATE SET revision = s.revision + $2 WHERE $3 IS NULL OR s.revision = $3
    RETURNING key, revision
  ), stored AS (
    INSERT INTO ${events} (stream_key, stream, revision, type, payload, recorded_at, metadata)
    SELECT stream.key, $1, stream.revision - $2 + e.place, e.type, e.payload::json, e.recorded_at, e.metadata::json
    FROM stream, unnest($4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
      AS e (type, payload, recorded_at, metadata, place)
    ORDER BY e.place
    RETURNING position
  )
  SELECT max(position)::text AS position, (SELECT revision FROM stream)::text AS revision,
    CASE WHEN $8::text IS NOT NULL THEN pg_notify($8, '') END
  FROM stored HAVING count(*) > 0`
}

/**
 * Checks an append, and captures its events as they are now.
 *
 * @param channel what is notified in the transaction of the append; `null` for none.
 */
export function prepareAppend(
  stream: string,
  events: readonly NewEvent<EventType>[],
  options: AppendOptions | undefined,
  now: () => string,
  channel: string | null,
): PreparedAppend {
  checkAppend(stream, events, options)
  const expected = options?.expectedRevision
  const time = now()
  const types: string[] = []
  const payloads: string[] = []
  const times: string[] = []
  const metadata: (string | null)[] = []
  for (const event of events) {
    types.push(event.type)
    payloads.push(JSON.stringify(event.payload))
    times.push(event.recordedAt ?? time)
    metadata.push(event.metadata === undefined ? null : JSON.stringify(event.metadata))
  }
  return {
    stream,
    expected,
    values: [stream, events.length, expected ?? null, types, payloads, times, metadata, channel],
  }
}

/** Makes the function that appends what was prepared. */
export function appender(tables: Tables): (append: PreparedAppend, db: Queryable) => Promise<Appended> {
  const insert = insertSql(tables)
  const lookUp = `SELECT revision::text AS revision FROM ${tables.streams} WHERE key = ${KEY('$1::text')}`
  return async ({ stream, expected, values }, db) => {
    for (;;) {
      const [row] = await db.query(insert, values)
      if (row !== undefined) return { position: Number(row[0]), revision: Number(row[1]) }
      const [found] = await db.query(lookUp, [stream])
      const actual = Number(found?.[0] ?? 0)
      // Between the two statements the stream has come to where it was expected: once more.
      if (actual !== expected) throw new RevisionConflictError({ stream, expected: expected!, actual })
    }
  }
}
