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

/** What `sqlite` may be told. */
export interface SqliteOptions {
  /**
   * How long a write waits for another process's, in ms, before SQLite says "database is locked". It blocks the event loop
   * meanwhile. Default: 5 000.
   */
  readonly busyTimeout?: number
  /**
   * What a commit survives. `'full'`, the default: also a power cut; each commit waits for the disk (0.1 ms on a fast one).
   * `'normal'`: a crash of the process; the last commits before a power cut may be gone, what is left is whole.
   */
  readonly synchronous?: 'full' | 'normal'
  /** How many snapshots of each name and version are kept, in case the newest cannot be decoded. Default: 3. */
  readonly keep?: number
  /**
   * Gives events that come without one their `recordedAt`: an ISO 8601 time in UTC. Default: the time of the append. Leases go
   * by it too, as far as it goes forwards; without it by a monotonic clock.
   */
  readonly now?: () => string
}

/** An open SQLite store. */
export interface SqliteStore<E extends EventType = EventType> extends OpenStore<E, SqliteContext> {
  readonly transactions: Transactions<SqliteContext>
  readonly leases: LeaseStore
}

/**
 * Opens a store in a SQLite file (in WAL mode), and makes the file where there is none; its folder must exist. `:memory:`
 * is a database of its own in memory. Names of all tables begin with `rx_`, so that yours may live in the same file.
 *
 * 1. Reads, loads and saves answer with values. Several processes may use one file: one writes at a time, others wait up
 *    to `busyTimeout` (and block their event loop).
 * 2. Positions are 1, 2, 3, … without holes, and so are a stream's revisions: an append is one transaction, and a refused
 *    one leaves nothing behind. A row that somebody deletes from `rx_events` leaves a hole, over which the `previous` of the
 *    next event leads; its numbers are not given out again.
 * 3. `hints$` emits after own commits and, while subscribed, when another process has committed: it watches the file, and
 *    looks at `PRAGMA data_version` every second where files cannot be watched.
 * 4. `transactions`: what a handler writes through `context.db` commits together with its position. Snapshots, positions
 *    and appends of the same store join a transaction that is open; an append that fails in it makes it fail.
 *
 * 5. A file that was deleted, moved, replaced or cut off while it is open is noticed before each commit, and once a second
 *    while `hints$` is subscribed: `hints$` errors, and that call and every later one fail with a {@link StoreError}. So it is
 *    with a `-wal` that was deleted. (Windows does not let anybody do that to an open file.)
 * 6. What may pass, such as a lock or a full disk, is an error of SQLite, which is worth a retry; only what no waiting mends, such
 *    as a damaged file, is a `StoreError`.
 *
 * After its disposal `hints$` completes and every call fails with a {@link StoreError}.
 *
 * @example
 * ```ts
 * import { sqlite } from 'rx-projection/sqlite'
 *
 * await using store = sqlite(':memory:')
 * await store.events.append('account-1', [{ type: 'Deposited', payload: { amount: 5 } }])
 * ```
 * @throws {StoreError} names the path: no such folder, no database, written by a newer version, locked for too long.
 * @throws {TypeError | RangeError} names the argument that is wrong.
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

/** Tells how large a database is by SQLite's own account, in bytes. */
function sizeOf(db: DatabaseSync): () => number {
  const size = db.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size')
  return () => Number(size.get()?.bytes)
}
