import type { MaybePromise } from '../../../operators/model/projection.ts'
import type { PositionStore, Transaction, Transactions } from '../../../operators/model/store.ts'
import { checkName, checkPositionSave } from '../support/checkArguments.ts'
import type { DriverTransaction, PostgresClient } from './driver/Driver.ts'
import type { PositionStatements } from './postgresPositions.ts'
import type { StoreParts } from './StoreParts.ts'

/** What a handler may use in a transaction of a PostgreSQL store. */
export interface PostgresContext {
  /**
   * The connection that the transaction is open on: a client of `pg`, or a transaction of PGlite. What is written through
   * it commits together with the position, or not at all. `BEGIN`, `COMMIT` and `ROLLBACK` are the store's; savepoints may
   * be used. It is out of reach when the work has ended.
   */
  readonly client: PostgresClient
}

/** Makes the transactions of a store: each on a connection of its own. */
export function postgresTransactions(parts: StoreParts, statements: PositionStatements): Transactions<PostgresContext> {
  const positionsOf = (transaction: DriverTransaction): PositionStore => ({
    async load(name) {
      checkName('name', name)
      return statements.load(transaction, name)
    },
    async save(name, position, options) {
      checkPositionSave(name, position, options)
      await statements.save(transaction, name, position, options)
    },
  })
  return {
    async run<T>(work: (transaction: Transaction<PostgresContext>) => MaybePromise<T>): Promise<T> {
      parts.checkOpen()
      const driver = await parts.own()
      return driver.transaction(async (transaction) =>
        work({ context: { client: transaction.client }, positions: positionsOf(transaction) }),
      )
    },
  }
}
