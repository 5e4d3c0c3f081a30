import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Observable, Subject } from 'rxjs'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { misuse, storeFailure } from './errors.ts'
import type { FileGuard } from './FileGuard.ts'
import { ERASED } from './pageSql.ts'

/** A connection with its prepared statements and its transaction, shared by all facets of a store. */
export class Connection {
  readonly path: string
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #erased: StatementSync | undefined
  readonly #committed = new Subject<void>()
  /** Emits after the commit of an append, completes when the connection closes, errors when its files are gone. */
  readonly appends$: Observable<void> = this.#committed.asObservable()
  #depth = 0
  /** Whether an append is not announced yet. */
  #news = false
  /** The error that keeps a transaction from committing, and the depth of that transaction. */
  #doomed: { readonly error: unknown; readonly depth: number } | undefined
  #closed = false
  /** The reason why the store can no longer be used, once known. */
  #fault: StoreError | undefined
  readonly #guard: FileGuard | undefined

  /** @param guard checks the files; absent for a database in memory. */
  constructor(path: string, db: DatabaseSync, guard?: FileGuard) {
    this.path = path
    this.db = db
    this.#guard = guard
  }

  /** The prepared statement for an SQL text, cached. Its rows are arrays. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      statement.setReturnArrays(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** The last position of the deleted events; `0` if none was deleted. */
  lastErased(): number {
    this.#erased ??= this.db.prepare(ERASED)
    return Number(this.#erased.get()?.value ?? 0)
  }

  /** Runs work on an open connection. A damaged or missing file becomes a `StoreError`. */
  use<T>(work: () => T): T {
    if (this.#closed) throw new StoreError(this.path, 'the store is closed')
    try {
      this.checkFiles('now and then')
      return work()
    } catch (error) {
      if (this.#fault !== undefined && this.#depth === 0) this.#committed.error(this.#fault)
      throw this.failure(error)
    }
  }

  /** Converts a failure for the users of the store. */
  failure(error: unknown): unknown {
    if (this.db.isOpen || error instanceof StoreError) return storeFailure(this.path, error)
    return new StoreError(this.path, 'its connection was closed, and not by the store', { cause: error })
  }

  /**
   * Checks the files. A failed check is permanent: the store must not write again, whatever appears at the path later.
   *
   * @throws {StoreError} they are not the files that were opened.
   */
  checkFiles(when: 'now' | 'now and then' | 'before a commit'): void {
    if (this.#fault !== undefined) throw this.#fault
    try {
      if (when === 'before a commit') this.#guard?.beforeCommit()
      else this.#guard?.look(when === 'now')
    } catch (error) {
      if (error instanceof StoreError) this.#fault = error
      throw error
    }
  }

  /** Runs synchronous work in a transaction: stores all of it or nothing. */
  write<T>(work: () => T): T {
    return this.use(() => {
      this.begin()
      let result: T
      try {
        result = work()
      } catch (error) {
        this.rollback()
        throw error
      }
      this.commit()
      return result
    })
  }

  /** Begins a transaction, or a savepoint within the open transaction. */
  begin(): void {
    // IMMEDIATE: SQLite refuses the write of a transaction that has read first, if another process has written in between.
    this.db.exec(this.#depth === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT rx_${this.#depth}`)
    this.#depth++
  }

  /** Ends the transaction of `begin`; rolls it back if it cannot commit. */
  commit(): void {
    const doomed = this.#doomed
    if (doomed !== undefined) {
      this.rollback()
      throw doomed.error
    }
    const depth = this.#depth - 1
    try {
      if (!this.db.isTransaction) throw misuse('the work ended the transaction, which is for the store to end')
      if (depth === 0) this.checkFiles('before a commit')
      this.db.exec(depth === 0 ? 'COMMIT' : `RELEASE rx_${depth}`)
    } catch (error) {
      this.rollback()
      throw error
    }
    this.#depth = depth
    if (depth === 0) this.#announce()
  }

  rollback(): void {
    if (this.#doomed?.depth === this.#depth) this.#doomed = undefined
    this.#depth--
    if (this.#depth === 0) this.#news = false
    // Some failures, such as a full disk, have already rolled back the whole transaction.
    if (!this.db.isTransaction) return
    this.db.exec(this.#depth === 0 ? 'ROLLBACK' : `ROLLBACK TO rx_${this.#depth}; RELEASE rx_${this.#depth}`)
  }

  /** Makes the open transaction fail: its commit throws the error. Returns `false` if no transaction is open. */
  doom(error: unknown): boolean {
    if (this.#depth === 0) return false
    this.#doomed ??= { error, depth: this.#depth }
    return true
  }

  /** Notes an append; the outermost commit announces it. */
  appended(): void {
    this.#news = true
  }

  close(): void {
    if (this.#closed) return
    if (this.#depth > 0) throw new StoreError(this.path, 'the store cannot be closed within its own transaction')
    this.#closed = true
    this.#committed.complete()
    this.#statements.clear()
    if (this.db.isOpen) this.db.close()
  }

  #announce(): void {
    if (!this.#news) return
    this.#news = false
    this.#committed.next()
  }
}
