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
  /** @param signal ends the wait when it is aborted, with its reason. Only for what may be asked in vain: reads. */
  query(text: string, values?: readonly Value[], signal?: AbortSignal): Promise<readonly Row[]>
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
  /** Ends the connection; never rejects. */
  close(): Promise<void>
  /** Ends the connection without a word: it does not answer. */
  cut(): void
}

/** A notification; `undefined` where something may have been missed, since listening has only begun. */
export type Heard = { readonly channel: string; readonly payload: string } | undefined

/**
 * What the store needs of a client library: the seam between `pg` and PGlite. A failure is a `StoreError`, a `TimeoutError`
 * where an answer did not come in time, or the library's own. Statements of its own are sent again where the server calls that
 * right (a serialization failure, a deadlock): each is a transaction by itself, of which nothing was done.
 */
export interface Driver extends Queryable {
  /** Whether all work shares one session, so that a transaction keeps all others waiting. */
  readonly single: boolean
  /** How many connections its work shares; 1 where it is `single`. */
  readonly size: number
  /** What the connections are of: drivers over the same one share them. */
  readonly source: object
  /** What a client has that sends something and gives a promise. */
  readonly clientMethods: readonly string[]
  /** Whether the server has let this driver in before. */
  readonly connected: boolean
  /** Emits when a connection has been made after one was lost: it may lead to another server. */
  readonly reconnects$: Observable<unknown>
  /**
   * Runs work in a transaction, READ COMMITTED; rolls it back when it throws or rejects. Transactions never hold all connections
   * of a pool of more than one: further ones wait in turn.
   */
  transaction<T>(work: (transaction: DriverTransaction) => Promise<T>): Promise<T>
  session(): Promise<Session>
  /**
   * Emits when it has begun to listen to channels, then each notification. Errors when its connection is gone.
   */
  listen(channels: readonly string[]): Observable<Heard>
  /** Uses no connection again that exists now: they do not lead to the primary any more. */
  replaceConnections(): void
  /** Begins nothing any more, and waits for what was begun. */
  close(): Promise<void>
  /** Ends all that has not ended by itself. */
  destroy(): void
}
