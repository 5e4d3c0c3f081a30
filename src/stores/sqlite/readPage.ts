import type { EventType, Recorded } from '../../../operators/model/event.ts'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import type { LogPage, ReadOptions } from '../../../operators/ports/events.ts'
import type { Connection } from './Connection.ts'
import { decodePage, link } from './decodePage.ts'
import { codeOf } from './errors.ts'
import { headOf } from './headOf.ts'
import { EXISTS, MERGED, type PageRow, READ_ALL, READ_DATA, readStreamsSql } from './pageSql.ts'
import { TOOBIG } from './resultCodes.ts'

type StoredEvent = Recorded<EventType>

/** The parameters of a page; `streams` without duplicates. */
interface Query {
  readonly after: number
  readonly limit: number
  readonly streams: readonly string[] | undefined
}

/** Reads a page. */
export function readPage(connection: Connection, { after, limit, streams }: ReadOptions): LogPage {
  // Read the head first. An event that another process appends between the two reads may then be in the page, but is never
  // skipped.
  const { head, erased } = headOf(connection)
  const query = { after, limit, streams: streams && [...new Set(streams)] }
  const page = readQuery(connection, query, head)
  if (streams === undefined && after > 0 && after <= erased) linkToErased(connection, page.events, after)
  return page
}

/** If the event at the position to continue after was deleted, sets the `previous` of the first event of the page. */
function linkToErased(connection: Connection, [first]: readonly StoredEvent[], after: number): void {
  if (first === undefined || connection.prepare(EXISTS).get(after) !== undefined) return
  Object.assign(first, { previous: after })
}

function readQuery(connection: Connection, query: Query, seen: number): LogPage {
  const { after, limit, streams } = query
  if (streams !== undefined && streams.length > MERGED) return readInParts(connection, query, streams, seen)
  const row = readRow(connection, query)
  if (row === undefined) {
    if (limit === 1) throw new StoreError(connection.path, `the event after ${after} is too large to be read`)
    // A page may have fewer events than requested.
    return readQuery(connection, { ...query, limit: limit >> 1 }, seen)
  }
  const events = decode(connection, row, query)
  const last = events.at(-1)?.id ?? 0
  const head = Math.max(seen, last)
  return { events, through: events.length === limit ? last : Math.max(after, head), head }
}

/** The row of a page; `undefined` if its text would exceed the limit of SQLite or of a string. */
function readRow(connection: Connection, { after, limit, streams }: Query): PageRow | undefined {
  const statement = connection.prepare(streams === undefined ? READ_ALL : readStreamsSql(streams.length))
  try {
    return statement.get(after, limit, ...(streams ?? [])) as unknown as PageRow | undefined
  } catch (error) {
    if (codeOf(error) === TOOBIG) return undefined
    throw error
  }
}

/**
 * Reads more streams than one statement merges. Several statements see different states of the log, so the page ends at the
 * earliest of their ends.
 */
function readInParts(connection: Connection, query: Query, streams: readonly string[], seen: number): LogPage {
  const { after, limit } = query
  const parts: LogPage[] = []
  for (let from = 0; from < streams.length; from += MERGED) {
    parts.push(readQuery(connection, { after, limit, streams: streams.slice(from, from + MERGED) }, seen))
  }
  const through = Math.min(...parts.map((part) => part.through))
  const events = parts
    .flatMap((part) => part.events as StoredEvent[])
    .filter(({ id }) => id <= through)
    .sort((a, b) => a.id - b.id)
    .slice(0, limit)
  link(events, after)
  const head = Math.max(...parts.map((part) => part.head))
  return { events, through: events.length === limit ? events.at(-1)!.id : through, head }
}

function decode(connection: Connection, row: PageRow, { after, streams }: Query): StoredEvent[] {
  try {
    return decodePage(row, after, streams !== undefined)
  } catch (error) {
    throw brokenEvent(connection, JSON.parse(row[0])) ?? error
  }
}

/** Finds the event that cannot be read. */
function brokenEvent(connection: Connection, ids: readonly number[]): StoreError | undefined {
  for (const id of ids) {
    const [payload, metadata] = connection.prepare(READ_DATA).get(id) as unknown as [string, string | null]
    try {
      JSON.parse(payload)
      if (metadata !== null) JSON.parse(metadata)
    } catch (cause) {
      return new StoreError(connection.path, `the payload or the metadata of event ${id} is no JSON`, { cause })
    }
  }
  return undefined
}
