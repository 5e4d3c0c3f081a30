import type { SchedulerLike, Subscription } from 'rxjs'
import type { Queryable } from './Driver.ts'
import type { PgClient } from './pgTypes.ts'

/** What a backend of our own is doing, and since when. */
const STATE = `SELECT state, state_change::text FROM pg_stat_activity
  WHERE pid = $1::int AND usename = current_user AND datname = current_database()`

/** What a transaction's watch has to be told. */
export interface TransactionWatchOptions {
  readonly client: PgClient
  /** Where the server is asked: other connections. */
  readonly db: Queryable
  /** How often, in ms. */
  readonly every: number
  readonly scheduler: SchedulerLike
  /** Called when the connection of the transaction leads nowhere. */
  readonly lost: () => void
}

/**
 * Watches the connection of a transaction. A statement of the application's may take as long as it likes, so no time says that
 * its connection is gone; the server does: where it has nothing to do for the transaction, twice since the same moment, and
 * we waited for its answer both times, either the question or the answer was lost.
 */
export class TransactionWatch {
  readonly #options: TransactionWatchOptions
  /** Since when the server has been idle, while an answer was waited for. */
  #idleSince: unknown
  #timer: Subscription | undefined
  #ended = false

  constructor(options: TransactionWatchOptions) {
    this.#options = options
    this.#lookLater()
  }

  end(): void {
    this.#ended = true
    this.#timer?.unsubscribe()
  }

  #lookLater(): void {
    if (this.#ended) return
    const { scheduler, every } = this.#options
    this.#timer = scheduler.schedule(() => void this.#look(), every)
  }

  async #look(): Promise<void> {
    const { client, db, lost } = this.#options
    const idleSince = isWaiting(client) ? await idleSinceWhen(db, client) : undefined
    if (this.#ended) return
    if (idleSince !== undefined && idleSince === this.#idleSince && isWaiting(client)) {
      lost()
      return
    }
    this.#idleSince = idleSince
    this.#lookLater()
  }
}

function isWaiting({ processID, readyForQuery }: PgClient): boolean {
  return typeof processID === 'number' && readyForQuery === false
}

/** Since when the backend of a client has nothing to do; `undefined` where it works, or where nobody can say. */
async function idleSinceWhen(db: Queryable, { processID }: PgClient): Promise<unknown> {
  try {
    const [row] = await db.query(STATE, [processID!])
    return row === undefined || row[0] === null || row[0] === 'active' ? undefined : row[1]
  } catch {
    return undefined
  }
}
