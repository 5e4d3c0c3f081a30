import type { LogPage, ReadOptions } from '../../../operators/model/store.ts'
import type { Connection } from './connection.ts'
import { COLUMNS, decodeRows, type Row } from './rows.ts'

/** How many streams one statement merges; SQLite takes at most 500 parts of a compound. */
const MERGED = 400

export const HEAD = 'SELECT max(position) FROM rx_events'

export const READ_ALL: string = `SELECT ${COLUMNS} FROM rx_events WHERE position > ?1 ORDER BY position LIMIT ?2`

/** Reads some streams: SQLite walks each stream's part of the index, and merges them as far as the page goes. */
export function readStreamsSql(streams: number): string {
  const part = (_: unknown, index: number) =>
    `SELECT ${COLUMNS} FROM rx_events WHERE stream = ?${index + 3} AND position > ?1`
  return `${Array.from({ length: streams }, part).join(' UNION ALL ')} ORDER BY position LIMIT ?2`
}

/** Reads a page. */
export function readPage(connection: Connection, { after, limit, streams }: ReadOptions): LogPage {
  // First: what is appended by another process between the two reads is then at worst in the page, never left out of it.
  const [seen] = connection.prepare(HEAD).get() as unknown as [number | null]
  const rows =
    streams === undefined
      ? (connection.prepare(READ_ALL).all(after, limit) as unknown as Row[])
      : readStreams(connection, [...new Set(streams)], after, limit, seen ?? 0)
  const full = rows.length === limit
  const events = decodeRows(connection.path, rows, streams && after)
  const last = events.at(-1)?.id
  const head = Math.max(seen ?? 0, last ?? 0)
  return { events, through: full ? last! : Math.max(after, head), head }
}

function readStreams(
  connection: Connection,
  streams: readonly string[],
  after: number,
  limit: number,
  seen: number,
): Row[] {
  if (streams.length <= MERGED) {
    return connection.prepare(readStreamsSql(streams.length)).all(after, limit, ...streams) as unknown as Row[]
  }
  const rows: Row[] = []
  for (let from = 0; from < streams.length; from += MERGED) {
    for (const row of readStreams(connection, streams.slice(from, from + MERGED), after, limit, seen)) {
      // Several statements see several states of the log: what is newer than all of them waits for the next page.
      if (row[0] <= seen) rows.push(row)
    }
  }
  return rows.sort((a, b) => a[0] - b[0]).slice(0, limit)
}
