import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type Observable, Subject } from 'rxjs'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { misuse, storeFailure } from './errors.ts'
import type { FileGuard } from './FileGuard.ts'
import { ERASED } from './pageSql.ts'

/** A connection with its prepared statements and its transaction: what all facets of a store share. */
export class Connection {
  readonly path: string
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #erased: StatementSync | undefined
  readonly #committed = new Subject<void>()
  /** Emits after the commit of an append, completes when the connection closes, errors when its files are gone. */
  readonly appends$: Observable<void> = this.#committed.asObservable()
  #depth = 0
  /** An append has happened that is not announced yet. */
  #appendPending = false
  /** Why a transaction must not commit, and how deep it lies. */
  #rollbackOnly: { readonly error: unknown; readonly depth: number } | undefined
  #closed = false
  /** Why the store cannot be used any more, once that is known. */
  #fault: StoreError | undefined
  readonly #guard: FileGuard | undefined

  /** @param guard looks after the files; absent for a database in memory. */
  constructor(path: string, db: DatabaseSync, guard?: FileGuard) {
    this.path = path
    this.db = db
    this.#guard = guard
  }

  /** The statement of an SQL text, prepared once. Its rows are arrays. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      statement.setReturnArrays(true)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** The last position of those events that were deleted; `0` where none was. */
  lastErased(): number {
    this.#erased ??= this.db.prepare(ERASED)
    return Number(this.#erased.get()?.value ?? 0)
  }

  /** Runs work on an open connection, and tells a broken file, or one that is not there any more, by a `StoreError`. */
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

  /** What a failure is for a user of the store. */
  failure(error: unknown): unknown {
    if (this.db.isOpen || error instanceof StoreError) return storeFailure(this.path, error)
    return new StoreError(this.path, 'its connection was closed, and not by the store', { cause: error })
  }

  /**
   * Asks after the files. What is wrong with them stays: the store must not write on, whatever appears there later.
   *
   * @throws {StoreError} they are not those that were opened.
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

  /** Runs synchronous work in a transaction: all or nothing of it is stored. */
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

  /** Begins a transaction, or a savepoint within the one that is open. */
  begin(): void {
    // IMMEDIATE: who reads first and writes then would be refused when another process has written in between.
    this.db.exec(this.#depth === 0 ? 'BEGIN IMMEDIATE' : `SAVEPOINT rx_${this.#depth}`)
    this.#depth++
  }

  /** Ends what `begin` began; rolls it back where it cannot be committed. */
  commit(): void {
    const rollbackOnly = this.#rollbackOnly
    if (rollbackOnly !== undefined) {
      this.rollback()
      throw rollbackOnly.error
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
    if (this.#rollbackOnly?.depth === this.#depth) this.#rollbackOnly = undefined
    this.#depth--
    if (this.#depth === 0) this.#appendPending = false
    // Some failures, such as a full disk, have rolled all of it back already.
    if (!this.db.isTransaction) return
    this.db.exec(this.#depth === 0 ? 'ROLLBACK' : `ROLLBACK TO rx_${this.#depth}; RELEASE rx_${this.#depth}`)
  }

  /** Keeps the open transaction from committing: its end throws the error. `false` where none is open. */
  markRollbackOnly(error: unknown): boolean {
    if (this.#depth === 0) return false
    this.#rollbackOnly ??= { error, depth: this.#depth }
    return true
  }

  /** Says that an append was made; announced at the outermost commit. */
  appended(): void {
    this.#appendPending = true
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
    if (!this.#appendPending) return
    this.#appendPending = false
    this.#committed.next()
  }
}
