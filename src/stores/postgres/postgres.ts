import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { checkCount, checkDelay, checkOptionalFunction, checkScheduler } from '../../../operators/kernel/arguments.ts'
import { inspect } from '../../../operators/model/errors/inspect.ts'
import type { EventType } from '../../../operators/model/event.ts'
import type { LeaseStore } from '../../../operators/ports/leases.ts'
import type { OpenStore } from '../../../operators/ports/store.ts'
import type { Transactions } from '../../../operators/ports/transactions.ts'
import type { Retry } from '../../../operators/retryWithJitter.ts'
import { checkNumber, checkRequiredOptions } from '../support/checkArguments.ts'
import { clock } from '../support/clock.ts'
import { isPglite, openDriver } from './driver/openDriver.ts'
import type { Pglite } from './driver/pgliteDriver.ts'
import type { PgPool } from './driver/pgTypes.ts'
import { addressOf } from './failures.ts'
import { checkIdentifier } from './names.ts'
import { foreignEvents, ownEvents, type PostgresEvents, type PostgresReader } from './postgresEvents.ts'
import { postgresLeases } from './postgresLeases.ts'
import { positionStatements, postgresPositions } from './postgresPositions.ts'
import { postgresSnapshots } from './postgresSnapshots.ts'
import { type PostgresContext, postgresTransactions } from './postgresTransactions.ts'
import type { Hole } from './reader/safePrefix.ts'
import { StoreContext } from './StoreContext.ts'
import { EventsTable } from './table/fromTable.ts'

/** A pool of `pg`, or a PGlite database. */
export type PostgresPool = PgPool | Pglite

/** What `postgres` has to be told, and may be told. */
export interface PostgresOptions {
  /** The server, such as `postgres://user:password@host:5432/database`. Needs the package `pg`. */
  readonly connectionString?: string
  /**
   * In place of an address: a `Pool` of the package `pg`, or a `PGlite`. It stays yours, and stays open. Transactions hold
   * `max - 2` of its connections at the same time (`max - 1` of 2 or 3), and wait in turn for those; the others are for reads,
   * appends and saves, also by handlers. A pool of 1 cannot serve a handler that uses the store beside its transaction.
   */
  readonly pool?: PostgresPool
  /** The application's own table of events, made by `fromTable`, to read in place of the store's: it is never written to. */
  readonly events?: EventsTable
  /** Where the store's tables are; made when missing. Default: `'projection'`. */
  readonly schema?: string
  /** How many snapshots of each name and version are kept, in case the newest cannot be decoded. Default: 3. */
  readonly keep?: number
  /**
   * Whether the server may keep the plans of statements. Say `false` behind a pooler that gives each transaction another
   * connection. Default: `true`.
   */
  readonly prepared?: boolean
  /**
   * How long the server may take to answer, or a connection to become free, in ms. A connection that has not answered by then
   * is given up, and the call fails with a `TimeoutError`, which may be tried again: what it asked for may have happened.
   * Each statement has it for itself; what a handler asks through `context.client` has its own time. Default: 30 000.
   */
  readonly patience?: number
  /** Told once of each hole in the ids that is proven to stay one: of a rolled-back append, or of deleted events. */
  readonly onHole?: (hole: Hole) => void
  /** Told when the connection that listens for hints was lost, and comes back after a wait. */
  readonly onReconnect?: (error: unknown, retry: Retry) => void
  /** Gives events that come without one their `recordedAt`: an ISO 8601 time in UTC. Default: the time of the append. */
  readonly now?: () => string
  /** A number from 0 up to 1 at each call, for the random part of waits. Default: `Math.random`. */
  readonly random?: () => number
  /** The clock and the timers. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike
}

/** A PostgreSQL store. */
export interface PostgresStore<E extends EventType = EventType> extends OpenStore<E, PostgresContext> {
  readonly events: PostgresEvents<E>
  readonly transactions: Transactions<PostgresContext>
  readonly leases: LeaseStore
  /** Connects, and makes the store's tables, or looks at the application's. Otherwise the first call of a facet does. */
  open(): Promise<void>
}

/** A PostgreSQL store over a table that the application writes: its events can only be read. */
export interface PostgresReadStore<E extends EventType = EventType> extends Omit<PostgresStore<E>, 'events'> {
  readonly events: PostgresReader<E>
}

/**
 * Opens a store in PostgreSQL, or in PGlite, a PostgreSQL within the process. It connects when it is first used.
 *
 * 1. Its tables are in a schema of their own, and made when missing, also by ten processes at once. A schema of a newer
 *    version is refused.
 * 2. Positions are drawn from a sequence, so that appends do not wait for each other. A rolled-back one leaves a hole: no
 *    page ever goes past one that an open transaction can still fill, one that stays is passed, with `previous` set.
 * 3. `events.appendWithin(client, …)` joins the application's own transaction. `transactions`: what a handler writes through
 *    `context.client` commits together with its position. Each begins with its first query: until then it holds no connection.
 * 4. `hints$` comes by LISTEN/NOTIFY, on one connection of its own that comes back with jitter.
 * 5. `leases`: a lease ends with the connection of its holder, at the latest after its time.
 * 6. `events: fromTable(…)` reads the table of events that you have.
 *
 * 7. Every answer is waited for `patience` ms at the most; then its connection is given up, and the call fails with a
 *    {@link TimeoutError}, which may be tried again.
 *
 * After its disposal, which takes 3 s at the most, `hints$` completes and every call fails with a {@link StoreError}. What is wrong when it is
 * opened (a wrong password, a table that cannot be read safely, …) is a {@link StoreError} as well. Once it has been open, the
 * same failures pass (a fail-over, a restore, a new password), and stay PostgreSQL's own errors.
 *
 * @example
 * ```ts
 * import { PGlite } from '@electric-sql/pglite'
 * import { postgres } from 'rx-projection/postgres'
 *
 * await using db = await PGlite.create()
 * await using store = postgres({ pool: db })
 * await store.events.append('account-1', [{ type: 'Deposited', payload: { amount: 5 } }])
 * ```
 * @throws {TypeError | RangeError} names the option that is wrong.
 */
export function postgres<E extends EventType = EventType>(
  options: PostgresOptions & { readonly events: EventsTable },
): PostgresReadStore<E>
export function postgres<E extends EventType = EventType>(
  options: PostgresOptions & { readonly events?: undefined },
): PostgresStore<E>
export function postgres(options: PostgresOptions): PostgresStore | PostgresReadStore {
  checkPostgresOptions(options)
  const { connectionString, pool, events, schema = 'projection', keep = 3, prepared = true, onHole, now } = options
  const { onReconnect, random = Math.random, scheduler = asyncScheduler, patience = 30_000 } = options
  const address = connectionString === undefined ? addressOfPool(pool!) : addressOf(connectionString)
  const time = clock(now)
  const shared = new StoreContext({
    address,
    schema,
    openDriver: () => openDriver({ connectionString, pool, prepared, address, patience, random, scheduler }),
    channels: events?.channel === undefined ? [] : [events.channel],
    onRetry: onReconnect,
    random,
    scheduler,
  })
  const statements = positionStatements(shared.tables)
  const { open, ...log } =
    events === undefined ? ownEvents(shared, time, onHole) : foreignEvents(shared, events, onHole)
  return {
    events: log,
    snapshots: postgresSnapshots(shared, keep),
    positions: postgresPositions(shared, statements),
    leases: postgresLeases(shared),
    transactions: postgresTransactions(shared, statements),
    open: async () => {
      shared.checkOpen()
      await open()
    },
    [Symbol.asyncDispose]: () => shared.close(),
  }
}

const OPTIONS = [
  'connectionString',
  'pool',
  'events',
  'schema',
  'keep',
  'prepared',
  'patience',
  'onHole',
  'onReconnect',
  'now',
  'random',
  'scheduler',
]

function checkPostgresOptions(options: PostgresOptions): void {
  checkRequiredOptions(options, OPTIONS)
  const { connectionString, pool, events, schema, keep, patience, prepared, scheduler } = options
  if ((connectionString === undefined) === (pool === undefined)) {
    throw new TypeError('options must have either a connectionString or a pool')
  }
  // Never shown: it may hold a password.
  if (connectionString !== undefined && (typeof connectionString !== 'string' || connectionString === '')) {
    throw new TypeError('connectionString must be the address of a server, such as "postgres://localhost/events"')
  }
  if (pool !== undefined && !isPool(pool)) {
    throw new TypeError(`pool must be a Pool of pg or a PGlite, not ${inspect(pool)}`)
  }
  if (events !== undefined && !(events instanceof EventsTable)) {
    throw new TypeError(`events must be made by fromTable, not ${inspect(events)}`)
  }
  if (patience !== undefined) {
    checkCount('patience', patience)
    checkDelay('patience', patience)
  }
  if (schema !== undefined) checkIdentifier('schema', schema)
  if (keep !== undefined) checkNumber('keep', keep)
  if (prepared !== undefined && typeof prepared !== 'boolean') {
    throw new TypeError(`prepared must be true or false, not ${inspect(prepared)}`)
  }
  for (const name of ['onHole', 'onReconnect', 'now', 'random'] as const) checkOptionalFunction(name, options[name])
  checkScheduler('scheduler', scheduler)
}

/** A client of `pg` has queries, too; only a pool has options. */
function isPool(pool: Partial<PgPool> | Partial<Pglite> | null): boolean {
  if (typeof pool?.query !== 'function') return false
  return isPglite(pool as PostgresPool) || typeof (pool as Partial<PgPool>).options === 'object'
}

function addressOfPool(pool: PostgresPool): string {
  if (isPglite(pool)) return 'pglite:'
  const { host, port, database, connectionString } = pool.options as Readonly<Record<string, unknown>>
  if (typeof connectionString === 'string') return addressOf(connectionString)
  return `postgres://${host ?? 'localhost'}${port === undefined ? '' : `:${port}`}/${database ?? ''}`
}
