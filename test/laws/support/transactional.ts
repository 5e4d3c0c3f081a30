import type { OpenStore, Transactions } from 'rx-projection'
import { type SqliteContext, sqlite } from 'rx-projection/sqlite'
import { fakeTransactions, type Ledger } from '../../runtime/support/fakeTransactions.ts'
import { storeWith } from '../../runtime/support/notes.ts'

/** A store with transactions, and what a handler writes through them. */
export interface Transactional {
  readonly store: OpenStore
  readonly transactions: Transactions<unknown>
  /** Writes an id, as a handler does. */
  write(context: unknown, id: number): void
  /** The ids that were committed. */
  written(): number[]
}

/** Stores with transactions, with the share of the cases that each gets. */
export const transactionals: readonly (readonly [name: string, open: () => Transactional, share: number])[] = [
  ['transactions in memory', inMemory, 1],
  ['SQLite', inSqlite, 0.4],
]

function inMemory(): Transactional {
  const store = storeWith(0)
  const { transactions, entries } = fakeTransactions(store.positions)
  return {
    store,
    transactions: transactions as Transactions<unknown>,
    write: (ledger, id) => (ledger as Ledger).write(id),
    written: () => entries as number[],
  }
}

function inSqlite(): Transactional {
  const store = sqlite(':memory:', { synchronous: 'normal' })
  const { transactions } = store
  transactions.run(({ context: { db } }) => db.exec('CREATE TABLE seen (id INTEGER NOT NULL)'))
  const read = ({ db }: SqliteContext): number[] =>
    db
      .prepare('SELECT id FROM seen ORDER BY rowid')
      .all()
      .map(({ id }) => Number(id))
  return {
    store,
    transactions: transactions as Transactions<unknown>,
    write: (context, id) => (context as SqliteContext).db.prepare('INSERT INTO seen VALUES (?)').run(id),
    written: () => transactions.run(({ context }) => read(context)) as number[],
  }
}
