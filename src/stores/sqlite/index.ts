export { type SqliteOptions, type SqliteStore, sqlite } from './sqlite.ts'
export type { SqliteContext } from './sqliteTransactions.ts'
