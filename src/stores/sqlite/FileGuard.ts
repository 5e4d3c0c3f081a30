import { type Stats, statSync } from 'node:fs'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'

/** How often, in ms, the files are looked at while nothing is written: a look costs three calls of the system. */
const LOOK_EVERY = 1_000

/** The files of an open database. */
export interface GuardedFiles {
  /** The path at which others look for the database. */
  readonly main: string
  /** The path of the file that SQLite has open; `-wal` and `-shm` lie beside it. */
  readonly file: string
  /** How large the database is by SQLite's own account, in bytes. */
  readonly bytes: () => number
}

/**
 * Notices that the files of an open database are not those at its path any more. SQLite goes on with the files that it has
 * open, also when they were deleted: what it writes then, nobody sees.
 *
 * It asks for the state of the files and opens none: to close one again would take SQLite's own locks away.
 */
export class FileGuard {
  readonly #path: string
  readonly #files: GuardedFiles
  readonly #known = new Map<string, Stats>()
  #size: number
  #looked = performance.now()

  /** @param path what the store is called in messages. */
  constructor(path: string, files: GuardedFiles) {
    this.#path = path
    this.#files = files
    this.#size = this.#same(files.main)?.size ?? 0
    this.#same(`${files.file}-wal`)
    this.#same(`${files.file}-shm`)
  }

  /**
   * Looks at all of the files; unless it has to be now, not when that was done a moment ago.
   *
   * @throws {StoreError} they cannot be used any more.
   */
  look(hasToBe: boolean): void {
    const now = performance.now()
    if (!hasToBe && now - this.#looked < LOOK_EVERY) return
    this.#looked = now
    this.beforeCommit()
    this.#same(`${this.#files.file}-shm`)
  }

  /**
   * Looks at the files that a commit is written to.
   *
   * @throws {StoreError} it would be lost.
   */
  beforeCommit(): void {
    const size = this.#same(this.#files.main)?.size ?? 0
    this.#same(`${this.#files.file}-wal`)
    if (size < this.#size) this.#checkShrunk(size)
    this.#size = size
  }

  #same(name: string): Stats | undefined {
    const known = this.#known.get(name)
    const found = statSync(name, { throwIfNoEntry: false })
    if (known === undefined) {
      if (found !== undefined) this.#known.set(name, found)
    } else if (found === undefined) {
      throw this.#lost(`${name} was deleted or moved`)
    } else if (known.ino !== found.ino || known.dev !== found.dev) {
      throw this.#lost(`${name} was replaced by another file`)
    }
    return found
  }

  /** A file gets smaller by a VACUUM, and the database with it; where the database is as large as it was, its end was cut off. */
  #checkShrunk(size: number): void {
    if (size > 0 && this.#files.bytes() < this.#size) return
    throw this.#lost(`${this.#files.main} was truncated`)
  }

  #lost(what: string): StoreError {
    return new StoreError(this.#path, `${what} while the store was open; close it, and open it again`)
  }
}
