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
    // Each stream's part of the index is walked as far as the page goes.
    filtered: ({ columns, streams, bound }) => `SELECT ${columns} FROM unnest(${streams}) AS wanted (name)
      CROSS JOIN LATERAL (SELECT * FROM ${events}
        WHERE stream_key = ${KEY('wanted.name')} AND position > $1 AND position <= ${bound}
        ORDER BY position LIMIT $2) e ORDER BY e.position LIMIT $2`,
  }
}
