import type { DatabaseSync } from 'node:sqlite'
import { isPromiseLike } from '../../../operators/model/maybePromise.ts'
import type { MaybePromise } from '../../../operators/model/projection.ts'
import type { PositionStore } from '../../../operators/ports/positions.ts'
import type { Transaction, Transactions } from '../../../operators/ports/transactions.ts'
import { checkWork } from '../support/checkArguments.ts'
import type { Connection } from './Connection.ts'
import { misuse } from './errors.ts'

/** What a handler may use in a transaction of a SQLite store. */
export interface SqliteContext {
  /**
   * The store's connection. The first look at it begins the transaction: what is written through it commits together with
   * the position, or not at all. Transactions of SQLite are synchronous: who uses it must not return a promise, and it is
   * out of reach after the work has returned. `BEGIN`, `COMMIT` and `ROLLBACK` are the store's; savepoints may be used.
   */
  readonly db: DatabaseSync
}

const ASYNCHRONOUS =
  'work in a transaction must be synchronous: it returned a promise after context.db or a position was touched, and was rolled back'

/** A piece of work on its way: whether it has begun a transaction, and whether its synchronous part is over. */
interface Turn {
  open: boolean
  ended: boolean
  /** Why the transaction could not be begun, such as a lock of another process: the store failed, not the work. */
  refusal?: { readonly error: unknown }
}

/**
 * Makes the transactions of a file. Work that touches neither `context.db` nor a position before its first `await` may be
 * asynchronous: its position is then saved on its own.
 */
export function sqliteTransactions(connection: Connection, positions: PositionStore): Transactions<SqliteContext> {
  /** The work that runs now: the innermost, where one runs another. */
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
        // What it stands behind was rolled back: to move it now would lose an event.
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
    // Not before the work has ended: whoever tries again must not meet it on its way.
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
