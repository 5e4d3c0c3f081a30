import type { DatabaseSync } from 'node:sqlite'
import { isPromiseLike } from '../../../operators/model/maybePromise.ts'
import type { MaybePromise } from '../../../operators/model/projection.ts'
import type { PositionStore } from '../../../operators/ports/positions.ts'
import type { Transaction, Transactions } from '../../../operators/ports/transactions.ts'
import { checkWork } from '../support/checkArguments.ts'
import type { Connection } from './Connection.ts'
import { misuse } from './errors.ts'

/** The context of a handler in a transaction of a SQLite store. */
export interface SqliteContext {
  /**
   * The store's connection. The first access begins the transaction: writes through it commit together with the position, or not
   * at all. SQLite's transactions are synchronous, so work that uses `db` must not return a promise, and `db` throws after the
   * work has returned. Only the store runs `BEGIN`, `COMMIT` and `ROLLBACK`; the work may use savepoints.
   */
  readonly db: DatabaseSync
}

const ASYNCHRONOUS =
  'work in a transaction must be synchronous: it returned a promise after context.db or a position was touched, and was rolled back'

/** A running piece of work: whether it has begun a transaction, and whether its synchronous part is over. */
interface Turn {
  open: boolean
  ended: boolean
  /** Why the transaction could not begin, such as a lock of another process: the store failed, not the work. */
  refusal?: { readonly error: unknown }
}

/**
 * Creates the transactions of a file. Work that accesses neither `context.db` nor a position before its first `await` may be
 * asynchronous; its position is then saved separately.
 */
export function sqliteTransactions(connection: Connection, positions: PositionStore): Transactions<SqliteContext> {
  /** The work that runs now; if work runs within other work, the innermost. */
  let innermost: Turn | undefined

  function touch(turn: Turn): DatabaseSync {
    if (turn.ended) throw misuse('context.db is out of reach after the synchronous part of the work')
    join(turn)
    return connection.db
  }

  function join(turn: Turn): void {
    if (turn.open || turn.ended) return
    if (turn !== innermost) throw misuse('a transaction must be begun before other work is run within its own')
    try {
      connection.begin()
    } catch (error) {
      turn.refusal = { error }
      throw error
    }
    turn.open = true
    delete turn.refusal
  }

  function run<T>(work: (transaction: Transaction<SqliteContext>) => MaybePromise<T>): MaybePromise<T> {
    const turn: Turn = { open: false, ended: false }
    const context: SqliteContext = {
      get db() {
        return touch(turn)
      },
    }
    const joined: PositionStore = {
      ...positions,
      save(name, position, options) {
        // The transaction of this position was rolled back. Saving it now would lose an event.
        if (turn.open && turn.ended) throw misuse(ASYNCHRONOUS)
        join(turn)
        return positions.save(name, position, options)
      },
    }
    const outer = innermost
    innermost = turn
    let result: MaybePromise<T>
    try {
      result = work({ context, positions: joined })
    } catch (error) {
      if (turn.open) connection.rollback()
      throw turn.refusal ? turn.refusal.error : error
    } finally {
      turn.ended = true
      innermost = outer
    }
    const { refusal } = turn
    if (refusal !== undefined && isPromiseLike(result))
      return result.then(undefined, () => Promise.reject(refusal.error))
    if (!turn.open) return result
    if (!isPromiseLike(result)) {
      connection.commit()
      return result
    }
    connection.rollback()
    // Reject after the work has ended, so that a retry does not overlap with it.
    return result.then(
      () => Promise.reject(misuse(ASYNCHRONOUS)),
      (cause: unknown) => Promise.reject(misuse(ASYNCHRONOUS, cause)),
    )
  }

  return {
    run: (work) =>
      connection.use(() => {
        checkWork(work)
        return run(work)
      }),
  }
}
