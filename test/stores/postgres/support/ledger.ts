import { defineProjector, type EventType, type Projector } from 'rx-projection'
import type { PostgresContext } from 'rx-projection/postgres'

/** A projector that writes a row for each event, into a table that would take the same one twice. */
export function ledger(table: string): Projector<EventType, PostgresContext> {
  return defineProjector<EventType, PostgresContext>({
    name: 'ledger',
    process: (event, { client }) => client.query(`INSERT INTO ${table} (event) VALUES ($1)`, [event.id]),
  })
}

/** The same for whole pages. */
export function pagedLedger(table: string): Projector<EventType, PostgresContext> {
  return defineProjector<EventType, PostgresContext>({
    name: 'ledger',
    processPage: (events, { client }) =>
      client.query(`INSERT INTO ${table} (event) SELECT unnest($1::bigint[])`, [events.map(({ id }) => id)]),
  })
}
