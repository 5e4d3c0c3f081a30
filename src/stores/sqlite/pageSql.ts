/** How many streams one statement merges. SQLite allows at most 500 parts in a compound SELECT. */
export const MERGED = 400

export const HEAD = 'SELECT max(position) FROM rx_events'

/** The last position of the deleted events; no row if none was deleted. */
export const ERASED = "SELECT value FROM rx_meta WHERE key = 'erased'"

/** Whether there is an event at a position. */
export const EXISTS = 'SELECT 1 FROM rx_events WHERE position = ?'

/** A page as one row: each column of its events as one JSON text, and the number of events with metadata. */
const PAGE = `SELECT
    json_group_array(position),
    json_group_array(stream),
    json_group_array(type),
    '[' || group_concat(payload) || ']',
    json_group_array(revision),
    json_group_array(recorded_at),
    '[' || group_concat(coalesce(metadata, 'null')) || ']',
    count(metadata)
  FROM`

const EVENTS = 'SELECT position, stream, type, payload, revision, recorded_at, metadata FROM rx_events'

/** A page of the whole log. Parameters: the position to continue after, the number of events. */
export const READ_ALL: string = `${PAGE} (${EVENTS} WHERE position > ?1 ORDER BY position LIMIT ?2)`

/**
 * A page of selected streams: SQLite walks each stream's part of the index, and merges them up to the end of the page.
 * Parameters: the position to continue after, the number of events, the streams.
 */
export function readStreamsSql(streams: number): string {
  const part = (_: unknown, index: number) => `${EVENTS} WHERE stream = ?${index + 3} AND position > ?1`
  return `${PAGE} (${Array.from({ length: streams }, part).join(' UNION ALL ')} ORDER BY position LIMIT ?2)`
}

/** The row that such a statement returns. Without events, the texts of payloads and metadata are `null`. */
export type PageRow = [
  positions: string,
  streams: string,
  types: string,
  payloads: string | null,
  revisions: string,
  recordedAts: string,
  metadata: string | null,
  withMetadata: number,
]

export const READ_DATA = 'SELECT payload, metadata FROM rx_events WHERE position = ?'
