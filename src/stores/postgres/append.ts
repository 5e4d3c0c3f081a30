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
  /** Whether it is one event that nobody is told of: the common case, which has a statement of its own. */
  readonly single: boolean
  readonly values: readonly Value[]
}

/**
 * The first part of a statement that appends: the stream's row is locked and its revision checked before any number is
 * drawn, so that a refused append leaves no hole, and one that waits for another of its stream holds back no reader.
 *
 * @param count how many events; SQL.
 */
function streamSql({ streams }: Tables, count: string): string {
  return `WITH stream AS (
    INSERT INTO ${streams} AS s (key, name, revision)
    SELECT ${KEY('$1::text')}, $1, ${count}
    WHERE $2::bigint IS NULL OR $2 = 0 OR EXISTS (SELECT FROM ${streams} WHERE key = ${KEY('$1')})
    ON CONFLICT (key) DO UPDATE SET revision = s.revision + ${count} WHERE $2 IS NULL OR s.revision = $2
    RETURNING key, revision
  )`
}

/** `$1` stream, `$2` expected revision, `$3` type, `$4` payload, `$5` time, `$6` metadata. */
function insertOneSql(tables: Tables): string {
  return `${streamSql(tables, '1')}
  INSERT INTO ${tables.events} (stream_key, stream, revision, type, payload, recorded_at, metadata)
  SELECT key, $1, revision, $3, $4::json, $5, $6::json FROM stream
  RETURNING position::text, revision::text`
}

/** `$1` stream, `$2` expected revision, `$3` how many, `$4` to `$7` arrays as above, `$8` a channel, or `NULL`. */
function insertSql(tables: Tables): string {
  return `${streamSql(tables, '$3::bigint')}, stored AS (
    INSERT INTO ${tables.events} (stream_key, stream, revision, type, payload, recorded_at, metadata)
    SELECT stream.key, $1, stream.revision - $3 + e.place, e.type, e.payload::json, e.recorded_at, e.metadata::json
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
  if (events.length === 1 && channel === null) {
    const { type, payload, recordedAt = time, metadata } = events[0]!
    const texts = [JSON.stringify(payload), recordedAt, metadata === undefined ? null : JSON.stringify(metadata)]
    return { stream, expected, single: true, values: [stream, expected ?? null, type, ...texts] }
  }
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
    single: false,
    values: [stream, expected ?? null, events.length, types, payloads, times, metadata, channel],
  }
}

/** Makes the function that appends what was prepared. */
export function appender(tables: Tables): (append: PreparedAppend, db: Queryable) => Promise<Appended> {
  const insert = insertSql(tables)
  const insertOne = insertOneSql(tables)
  const lookUp = `SELECT revision::text AS revision FROM ${tables.streams} WHERE key = ${KEY('$1::text')}`
  return async ({ stream, expected, single, values }, db) => {
    for (;;) {
      const [row] = await db.query(single ? insertOne : insert, values)
      if (row !== undefined) return { position: Number(row[0]), revision: Number(row[1]) }
      const [found] = await db.query(lookUp, [stream])
      const actual = Number(found?.[0] ?? 0)
      // Between the two statements the stream has come to where it was expected: once more.
      if (actual !== expected) throw new RevisionConflictError({ stream, expected: expected!, actual })
    }
  }
}
