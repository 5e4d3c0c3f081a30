export type { PostgresClient } from './driver/Driver.ts'
export {
  type PostgresOptions,
  type PostgresPool,
  type PostgresReadStore,
  type PostgresStore,
  postgres,
} from './postgres.ts'
export type { PostgresEvents, PostgresReader } from './postgresEvents.ts'
export type { PostgresContext } from './postgresTransactions.ts'
export type { Hole } from './reader/safePrefix.ts'
export {
  type EventColumns,
  EventsTable,
  type FromTableOptions,
  fromTable,
  type Numbers,
  type TextSource,
} from './table/fromTable.ts'
