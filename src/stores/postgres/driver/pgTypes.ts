import type { PostgresClient } from './Driver.ts'

/** What `pg` is asked. */
export interface PgQuery {
  readonly text: string
  readonly values?: unknown[]
  readonly name?: string
  readonly rowMode: 'array'
}

/** A client of `pg`, as far as it is used here. */
export interface PgClient extends PostgresClient {
  query(query: PgQuery): Promise<{ readonly rows: unknown[][]; readonly command: string }>
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: Record<string, unknown>[]; readonly command: string }>
  on(event: 'error' | 'end', listener: (error: Error) => void): unknown
  on(
    event: 'notification',
    listener: (message: { readonly channel: string; readonly payload?: string }) => void,
  ): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  connect(): Promise<unknown>
  end(): Promise<void>
  /** Its socket; another implementation may hide it. */
  readonly connection?: { readonly stream?: { destroy?(): unknown } }
  /** The process of the server that works for it. */
  readonly processID?: number | null
  /** `false` while an answer is waited for. */
  readonly readyForQuery?: boolean
}

export interface PgPoolClient extends PgClient {
  release(error?: boolean | Error): void
}

/** A pool of `pg`, as far as it is used here. */
export interface PgPool {
  query(query: PgQuery): Promise<{ readonly rows: unknown[][]; readonly command: string }>
  connect(): Promise<PgPoolClient>
  connect(take: (error: Error | undefined, client: PgPoolClient | undefined) => void): void
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (client: PgPoolClient) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'connect', listener: (client: PgPoolClient) => void): unknown
  readonly options: object
}

/** Makes a client of its own, with the configuration of a pool. */
export type PgClientClass = new (config: object) => PgClient
