import type { Connection } from './Connection.ts'
import { HEAD } from './pageSql.ts'

/** How far a log goes. */
export interface Head {
  /** The last position that was given out, also to an event that has been deleted since; `0` for none. */
  readonly head: number
  /** The last position of those events that were deleted; `0` where none was. */
  readonly erased: number
}

/** Asks how far the log goes: for what was deleted last, so that an event that is deleted in between counts all the same. */
export function headOf(connection: Connection): Head {
  const [last] = connection.prepare(HEAD).get() as unknown as [number | null]
  const erased = connection.lastErased()
  return { head: Math.max(last ?? 0, erased), erased }
}
