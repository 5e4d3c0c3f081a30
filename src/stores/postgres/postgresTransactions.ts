import type { MaybePromise } from '../../../operators/model/projection.ts'
import { isLastAct } from '../../../operators/ports/lastAct.ts'
import type { PositionStore } from '../../../operators/ports/positions.ts'
import type { Transaction, Transactions } from '../../../operators/ports/transactions.ts'
import { checkName, checkPositionSave, checkWork } from '../support/checkArguments.ts'
import type { PostgresClient } from './driver/Driver.ts'
import { LazyTransaction } from './LazyTransaction.ts'
import type { PositionStatements } from './postgresPositions.ts'
import type { StoreContext } from './StoreContext.ts'
import { withinTransaction } from './transactionContext.ts'

/** What a handler may use in a transaction of a PostgreSQL store. */
export interface PostgresContext {
  /**
   * The connection of the transaction: a client of `pg`, or a transaction of PGlite. What is written through it commits
   * together with the position, or not at all. The first query through it takes a connection and begins the transaction, so a
   * handler that sends none holds none; until then it has only what sends queries: `query`, on PGlite also `exec` and `sql`.
   * `BEGIN`, `COMMIT` and `ROLLBACK` are the store's; savepoints may be used. It is out of reach when the work has ended.
   *
   * Transactions never hold all connections of a pool: two are kept back (one of a pool of 2 or 3) for reads, appends and saves,
   * also those of handlers. A pool of 1, and PGlite, has none to keep back: what a handler asks of the store within its begun
   * transaction, but not through its client, fails with a `StoreError`.
   */
  readonly client: PostgresClient
}

/**
 * Makes the transactions of a store: each on a connection of its own, from its first statement on. Where the work of
 * a projector sends none, its position is saved by one statement, without a transaction around it.
 */
export function postgresTransactions(
  shared: StoreContext,
  statements: PositionStatements,
): Transactions<PostgresContext> {
  const positionsOf = (transaction: LazyTransaction): PositionStore => ({
    async load(name) {
      checkName('name', name)
      return statements.load(await transaction.begin(), name)
    },
    async save(name, position, options) {
      checkPositionSave(name, position, options)
      const db = isLastAct(options) ? await transaction.lastQueryable() : await transaction.begin()
      await statements.save(db, name, position, options)
    },
  })
  return {
    async run<T>(work: (transaction: Transaction<PostgresContext>) => MaybePromise<T>): Promise<T> {
      shared.checkOpen()
      checkWork(work)
      const driver = await shared.own()
      const transaction = new LazyTransaction(driver, shared.address)
      const context: PostgresContext = {
        get client() {
          return transaction.client
        },
      }
      let result: T
      try {
        result = await withinTransaction(driver, transaction, () =>
          work({ context, positions: positionsOf(transaction) }),
        )
      } catch (error) {
        return transaction.rollBack(error)
      }
      await transaction.commit()
      return result
    },
  }
}
