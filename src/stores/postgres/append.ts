import type { EventType, NewEvent } from '../../../operators/model/event.ts'
import { RevisionConflictError } from '../../../operators/ports/errors/RevisionConflictError.ts'
import type { Appended, AppendOptions } from '../../../operators/ports/events.ts'
import { checkAppend } from '../support/newEvents.ts'
import type { Queryable } from './driver/Driver.ts'
import { KEY, type Tables } from './schema/migrations.ts'

/** What is stored of an event: its type, payload, time and metadata, as texts. */
type Captured = readonly [type: string, payload: string, recordedAt: string, metadata: string | null]

/** An append that was checked, and has captured its events. */
export interface PreparedAppend {
  readonly stream: string
  readonly expected: number | undefined
  readonly events: readonly Captured[]
  /** What is notified in the transaction of the append; `null` for nothing. */
  readonly channel: string | null
}

/**
 * One event for a stream that exists: the common case, and about a sixth less work than the general one. Nothing where the
 * stream does not exist, or is not where it is expected. `$1` stream, `$2` expected revision, `$3` type, `$4` payload,
 * `$5` time, `$6` metadata.
 */
function appendOneSql({ streams, events }: Tables): string {
  return `WITH stream AS (
    UPDATE ${streams} SET revision = revision + 1
    WHERE key = ${KEY('$1::text')} AND ($2::bigint IS NULL OR revision = $2)
    RETURNING key, revision
  )
  INSERT INTO ${events} (stream_key, stream, revision, type, payload, recorded_at, metadata)
  SELECT key, $1, revision, $3, $4::json, $5, $6::json FROM stream
  RETURNING position::text, revision::text`
}

/**
 * One statement: the stream's row is locked and its revision checked before any number is drawn, so that a refused append
 * leaves no hole, and one that waits for another of its stream holds back no reader. `$1` stream, `$2` expected revision,
 * `$3` how many events, `$4` to `$7` arrays of what is stored of them, `$8` a channel, or `NULL`.
 */
function appendSql({ streams, events }: Tables): string {
  return `WITH stream AS (
    INSERT INTO ${streams} AS s (key, name, revision)
    SELECT ${KEY('$1::text')}, $1, $3::bigint
    WHERE $2::bigint IS NULL OR $2 = 0 OR EXISTS (SELECT FROM ${streams} WHERE key = ${KEY('$1')})
    ON CONFLICT (key) DO UPDATE SET revision = s.revision + $3 WHERE $2 IS NULL OR s.revision = $2
    RETURNING key, revision
  ), stored AS (
    INSERT INTO ${events} (stream_key, stream, revision, type, payload, recorded_at, metadata)
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
  const time = now()
  return {
    stream,
    expected: options?.expectedRevision,
    events: events.map(({ type, payload, recordedAt = time, metadata }) => [
      type,
      JSON.stringify(payload),
      recordedAt,
      metadata === undefined ? null : JSON.stringify(metadata),
    ]),
    channel,
  }
}

/** Makes the function that appends what was prepared. */
export function appender(tables: Tables): (append: PreparedAppend, db: Queryable) => Promise<Appended> {
  const one = appendOneSql(tables)
  const all = appendSql(tables)
  const lookUp = `SELECT revision::text AS revision FROM ${tables.streams} WHERE key = ${KEY('$1::text')}`

  const valuesForOne = ({ stream, expected, events }: PreparedAppend) => [stream, expected ?? null, ...events[0]!]
  const valuesForAll = ({ stream, expected, events, channel }: PreparedAppend) => {
    const columns = [0, 1, 2, 3].map((column) => events.map((event) => event[column]!))
    return [stream, expected ?? null, events.length, ...columns, channel]
  }

  return async (append, db) => {
    const { stream, expected } = append
    const common = append.events.length === 1 && append.channel === null && expected !== 0
    for (;;) {
      let [row] = common ? await db.query(one, valuesForOne(append)) : []
      if (row === undefined && !(common && expected !== undefined)) [row] = await db.query(all, valuesForAll(append))
      if (row !== undefined) return { position: Number(row[0]), revision: Number(row[1]) }
      const [found] = await db.query(lookUp, [stream])
      const actual = Number(found?.[0] ?? 0)
      // Between the two statements the stream has come to where it was expected: once more.
      if (actual !== expected) throw new RevisionConflictError({ stream, expected: expected!, actual })
    }
  }
}
