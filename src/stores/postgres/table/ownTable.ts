import type { Queryable } from '../driver/Driver.ts'
import type { LogTable } from '../reader/LogTable.ts'
import { KEY, type Tables } from '../schema/migrations.ts'

const COLUMNS = ['stream', 'type', 'payload::text', 'revision::text', 'recorded_at', 'metadata::text'] as const

/** The store's own table of events. */
export async function ownTable(db: Queryable, { events }: Tables): Promise<LogTable> {
  const [row] = await db.query(
    `SELECT name, name::regclass::oid::text FROM (SELECT pg_get_serial_sequence($1, 'position') AS name) sequence`,
    [events],
  )
  const [name, oid] = row as [string, string]
  return {
    name: events,
    id: 'position',
    columns: COLUMNS,
    sequence: { name, oid },
    sequenceReadable: true,
    // Each stream's part of the index is walked as far as the page goes; by pairs, so that no other index comes in question.
    filtered: ({ columns, streams, bound }) => `SELECT ${columns}
      FROM (SELECT ${KEY('name')} AS key FROM unnest(${streams}) AS name OFFSET 0) wanted
      CROSS JOIN LATERAL (SELECT * FROM ${events}
        WHERE stream_key = wanted.key AND (stream_key, position) > (wanted.key, $1)
        ORDER BY stream_key, position LIMIT $2) e
      WHERE e.position <= ${bound} ORDER BY e.position LIMIT $2`,
  }
}
