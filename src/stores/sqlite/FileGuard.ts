import { type Stats, statSync } from 'node:fs'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'

/** The time between two checks of the files while nothing is written, in ms. A check costs three system calls. */
const LOOK_EVERY = 1_000

/** The files of an open database. */
export interface GuardedFiles {
  /** The path at which other processes open the database. */
  readonly main: string
  /** The path of the file that SQLite has open; `-wal` and `-shm` are next to it. */
  readonly file: string
  /** The size of the database according to SQLite, in bytes. */
  readonly bytes: () => number
}

/**
 * Detects that the files of an open database are no longer the files at its path. SQLite continues with its open files, even if
 * they were deleted: nobody would see what it writes then.
 *
 * The guard only reads the state of the files. It opens none, because closing one again would release SQLite's own locks.
 */
export class FileGuard {
  readonly #path: string
  readonly #files: GuardedFiles
  readonly #known = new Map<string, Stats>()
  #size: number
  #looked = performance.now()

  /** @param path the name of the store in messages. */
  constructor(path: string, files: GuardedFiles) {
    this.#path = path
    this.#files = files
    this.#size = this.#same(files.main)?.size ?? 0
    this.#same(`${files.file}-wal`)
    this.#same(`${files.file}-shm`)
  }

  /**
   * Checks all of the files. Unless `hasToBe` is true, skips the check if the last one was less than a second ago.
   *
   * @throws {StoreError} the files can no longer be used.
   */
  look(hasToBe: boolean): void {
    const now = performance.now()
    if (!hasToBe && now - this.#looked < LOOK_EVERY) return
    this.#looked = now
    this.beforeCommit()
    this.#same(`${this.#files.file}-shm`)
  }

  /**
   * Checks the files that a commit writes to.
   *
   * @throws {StoreError} the commit would be lost.
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

  /** A VACUUM shrinks the file and the database together. If the database did not shrink, the file was truncated. */
  #checkShrunk(size: number): void {
    if (size > 0 && this.#files.bytes() < this.#size) return
    throw this.#lost(`${this.#files.main} was truncated`)
  }

  #lost(what: string): StoreError {
    return new StoreError(this.#path, `${what} while the store was open; close it, and open it again`)
  }
}
