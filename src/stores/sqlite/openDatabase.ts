import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { codeOf } from './errors.ts'
import {
  ADDITIONS,
  MIGRATIONS,
  READ_ADDITIONS,
  READ_VERSION,
  TABLES,
  WRITE_ADDITIONS,
  WRITE_VERSION,
} from './schema.ts'

const SQLITE_BUSY = 5
const SQLITE_CANTOPEN = 14

/** The options for opening a database. */
export interface DatabaseOptions {
  /** How long to wait for another process's write, in ms. */
  readonly busyTimeout: number
  readonly synchronous: 'full' | 'normal'
}

/**
 * Opens a file in WAL mode, and creates this library's tables if they are missing.
 *
 * @throws {StoreError} names the path: the file cannot be opened, is not a database, or has a newer version.
 */
export function openDatabase(path: string, { busyTimeout, synchronous }: DatabaseOptions): DatabaseSync {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, { timeout: busyTimeout })
    checkVersion(path, db)
    withinTime(busyTimeout, () => db!.exec('PRAGMA journal_mode = WAL'))
    db.exec(`PRAGMA synchronous = ${synchronous}`)
    migrate(path, db)
    return db
  } catch (error) {
    db?.close()
    throw error instanceof StoreError ? error : new StoreError(path, reason(path, error), { cause: error })
  }
}

/** Rejects a file that a write would damage, before the first write. Returns the version of the schema, 0 for none. */
function checkVersion(path: string, db: DatabaseSync): number {
  const tables = db.prepare(TABLES).all()
  if (tables.length === 0) return 0
  if (!tables.some(({ name }) => name === 'rx_meta')) {
    throw new StoreError(path, `its table ${tables[0]!.name} is not one of rx-projection`)
  }
  const version = Number(db.prepare(READ_VERSION).get()?.value)
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      path,
      `it was written by a newer rx-projection (schema ${version}; this one knows ${MIGRATIONS.length})`,
    )
  }
  if (!Number.isInteger(version) || version < 1) throw new StoreError(path, 'its rx_meta names no schema version')
  return version
}

function migrate(path: string, db: DatabaseSync): void {
  if (checkVersion(path, db) === MIGRATIONS.length && additionsOf(db) >= ADDITIONS.length) return
  db.exec('BEGIN IMMEDIATE')
  // Check again, because another process may have migrated the file first. If a step fails, the connection closes, which rolls
  // back all steps.
  for (let version = checkVersion(path, db); version < MIGRATIONS.length; version++) {
    db.exec(MIGRATIONS[version]!)
    db.prepare(WRITE_VERSION).run(version + 1)
  }
  // A newer version may have made more additions than this version knows. They do no harm.
  for (let additions = additionsOf(db); additions < ADDITIONS.length; additions++) {
    db.exec(ADDITIONS[additions]!)
    db.prepare(WRITE_ADDITIONS).run(additions + 1)
  }
  db.exec('COMMIT')
}

function additionsOf(db: DatabaseSync): number {
  return Number(db.prepare(READ_ADDITIONS).get()?.value ?? 0)
}

/** If two processes open a new file at the same time, SQLite refuses one of them immediately, regardless of its timeout. */
function withinTime(timeout: number, work: () => void): void {
  const end = performance.now() + timeout
  for (;;) {
    try {
      work()
      return
    } catch (error) {
      if (codeOf(error) !== SQLITE_BUSY || performance.now() >= end) throw error
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  }
}

function reason(path: string, error: unknown): string {
  const { message } = error as Error
  if (codeOf(error) !== SQLITE_CANTOPEN) return message
  const folder = dirname(path)
  return existsSync(folder) ? message : `${message}: there is no folder ${folder}`
}
