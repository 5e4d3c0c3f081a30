import type { Connection } from './Connection.ts'
import { HEAD } from './pageSql.ts'

/** The end of a log. */
export interface Head {
  /** The last assigned position, even if its event has been deleted since; `0` for an empty log. */
  readonly head: number
  /** The last position of the deleted events; `0` if none was deleted. */
  readonly erased: number
}

/** Reads the end of the log. Reads the deletions last, so that an event deleted in between is included. */
export function headOf(connection: Connection): Head {
  const [last] = connection.prepare(HEAD).get() as unknown as [number | null]
  const erased = connection.lastErased()
  return { head: Math.max(last ?? 0, erased), erased }
}
