import { resolve } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { merge, share } from 'rxjs'
import { inspect } from '../../../operators/model/errors/inspect.ts'
import type { EventType } from '../../../operators/model/event.ts'
import type { LeaseStore } from '../../../operators/ports/leases.ts'
import type { OpenStore } from '../../../operators/ports/store.ts'
import type { Transactions } from '../../../operators/ports/transactions.ts'
import { checkNumber, checkOptions } from '../support/checkArguments.ts'
import { clock, stopwatch } from '../support/clock.ts'
import { Connection } from './Connection.ts'
import { FileGuard } from './FileGuard.ts'
import { openDatabase } from './openDatabase.ts'
import { sqliteEvents } from './sqliteEvents.ts'
import { sqliteLeases } from './sqliteLeases.ts'
import { sqlitePositions } from './sqlitePositions.ts'
import { sqliteSnapshots } from './sqliteSnapshots.ts'
import { type SqliteContext, sqliteTransactions } from './sqliteTransactions.ts'
import { watchFile } from './watchFile.ts'

/** The options of `sqlite`. */
export interface SqliteOptions {
  /**
   * How long a write waits for the write of another process, in ms, before SQLite reports "database is locked". Waiting blocks
   * the event loop. Default: 5 000.
   */
  readonly busyTimeout?: number
  /**
   * Which failures a commit survives. `'full'`, the default: also a power cut; each commit waits for the disk (0.1 ms on a fast
   * one). `'normal'`: a crash of the process; a power cut may lose the last commits, but the remaining data is consistent.
   */
  readonly synchronous?: 'full' | 'normal'
  /** How many snapshots of each name and version to keep, in case the latest cannot be decoded. Default: 3. */
  readonly keep?: number
  /**
   * Provides `recordedAt` for events that have none: an ISO 8601 time in UTC. Default: the time of the append. Leases use this
   * clock, too, as far as it moves forward; by default they use a monotonic clock.
   */
  readonly now?: () => string
}

/** An open SQLite store. */
export interface SqliteStore<E extends EventType = EventType> extends OpenStore<E, SqliteContext> {
  readonly transactions: Transactions<SqliteContext>
  readonly leases: LeaseStore
}

/**
 * Opens a store in a SQLite file (in WAL mode). Creates the file if it does not exist; its folder must exist. `:memory:` opens a
 * private database in memory. The names of all tables begin with `rx_`, so the file can also contain your own tables.
 *
 * 1. Reads, loads and saves return values. Several processes may use one file: one of them writes at a time, the others wait up
 *    to `busyTimeout` (and block their event loop).
 * 2. Positions are 1, 2, 3, … without holes, and so are the revisions of a stream. An append is one transaction, and a refused
 *    append leaves nothing behind. If somebody deletes a row of `rx_events`, the next event has a `previous` that skips the hole.
 *    The store does not assign the deleted numbers again.
 * 3. `hints$` emits after own commits and, while subscribed, when another process has committed. It watches the file; if the
 *    system cannot watch files, it checks `PRAGMA data_version` every second.
 * 4. `transactions`: a handler's writes through `context.db` commit together with its position. Snapshots, positions and appends
 *    of the same store join an open transaction. If an append in it fails, the transaction fails.
 * 5. The store detects a file that was deleted, moved, replaced or truncated while it is open: before each commit, and once a
 *    second while `hints$` is subscribed. Then `hints$` errors, and that call and every later one fail with a {@link StoreError}.
 *    The same applies to a deleted `-wal` file. (Windows does not allow these changes to an open file.)
 * 6. A temporary failure, such as a lock or a full disk, is an error of SQLite, and a retry can help. A permanent failure, such
 *    as a damaged file, is a `StoreError`.
 *
 * After disposal, `hints$` completes and every call fails with a {@link StoreError}.
 *
 * @example
 * ```ts
 * import { sqlite } from 'rx-projection/sqlite'
 *
 * await using store = sqlite(':memory:')
 * await store.events.append('account-1', [{ type: 'Deposited', payload: { amount: 5 } }])
 * ```
 * @throws {StoreError} names the path: the folder does not exist, the file is not a database, was written by a newer version, or
 * was locked for too long.
 * @throws {TypeError | RangeError} names the wrong argument.
 */
export function sqlite<E extends EventType = EventType>(path: string, options?: SqliteOptions): SqliteStore<E> {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new TypeError(`path must be the path of a file, not ${inspect(path)}`)
  }
  if (/^sqlite:/i.test(path)) {
    throw new TypeError(`path must be the path of a file, not a URL: ${inspect(path.replace(/^sqlite:(\/\/)?/i, ''))}`)
  }
  checkOptions(options, ['busyTimeout', 'synchronous', 'keep', 'now'])
  const { busyTimeout = 5_000, synchronous = 'full', keep = 3, now } = options ?? {}
  if (!Number.isInteger(busyTimeout) || busyTimeout < 0 || busyTimeout > 2 ** 31 - 1) {
    throw new RangeError(`busyTimeout must be a whole number of ms from 0 to 2147483647, not ${inspect(busyTimeout)}`)
  }
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw new RangeError(`synchronous must be "full" or "normal", not ${inspect(synchronous)}`)
  }
  checkNumber('keep', keep)
  const time = clock(now)
  const db = openDatabase(path, { busyTimeout, synchronous })
  const file = db.location()
  const main = path.startsWith('file:') ? file : resolve(path)
  const guard = file === null || main === null ? undefined : new FileGuard(path, { main, file, bytes: sizeOf(db) })
  const connection = new Connection(path, db, guard)
  const hints$ =
    file === null || main === null
      ? connection.appends$
      : merge(connection.appends$, watchFile(connection, file, main).pipe(share()))
  const positions = sqlitePositions(connection)
  return {
    events: sqliteEvents(connection, time, hints$) as unknown as SqliteStore<E>['events'],
    snapshots: sqliteSnapshots(connection, keep),
    positions,
    leases: sqliteLeases(connection, stopwatch(now)),
    transactions: sqliteTransactions(connection, positions),
    [Symbol.asyncDispose]: async () => connection.close(),
  }
}

/** Returns a function that reads the size of a database according to SQLite, in bytes. */
function sizeOf(db: DatabaseSync): () => number {
  const size = db.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
  return () => Number(size.get()?.bytes)
}
