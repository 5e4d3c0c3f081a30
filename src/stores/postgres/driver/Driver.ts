import type { Observable } from 'rxjs'

/** A value of a statement: never part of its text. */
export type Value = string | number | null | readonly (string | null)[] | readonly number[]

/** A row, column by column. Numbers may come as texts: who needs one says `Number(…)`. */
export type Row = readonly unknown[]

/** What a handler, or an application, has of PostgreSQL: a client of `pg`, or a transaction of PGlite. */
export interface PostgresClient {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: Record<string, unknown>[] }>
}

/** Where statements can be sent to. */
export interface Queryable {
  query(text: string, values?: readonly Value[]): Promise<readonly Row[]>
}

/** A piece of work's own transaction. */
export interface DriverTransaction extends Queryable {
  /** The client in it, as its library made it. */
  readonly client: PostgresClient
}

/** A connection that one keeps, for what belongs to a session. */
export interface Session extends Queryable {
  /** Emits once, with why, when the connection is gone. */
  readonly ended$: Observable<unknown>
  close(): Promise<void>
}

/** A notification; `undefined` where something may have been missed, since listening has only begun. */
export type Heard = { readonly channel: string; readonly payload: string } | undefined

/** What the store needs of a client library: the seam between `pg` and PGlite. A failure is a `StoreError` or their own. */
export interface Driver extends Queryable {
  /** Whether all work shares one session, so that a transaction keeps all others waiting. */
  readonly single: boolean
  /** Runs work in a transaction; rolls it back when it throws or rejects. */
  transaction<T>(work: (transaction: DriverTransaction) => Promise<T>): Promise<T>
  session(): Promise<Session>
  /**
   * Emits when it has begun to listen to channels, then each notification. Errors when its connection is gone.
   */
  listen(channels: readonly string[]): Observable<Heard>
  close(): Promise<void>
}
