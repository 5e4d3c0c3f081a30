import { NEVER, Observable, type SchedulerLike } from 'rxjs'
import { StoreError } from '../../../../operators/ports/errors/StoreError.ts'
import { quote } from '../names.ts'
import type { Driver, PostgresClient, Queryable, Row, Value } from './Driver.ts'
import { Waits } from './Waits.ts'

interface PgliteQueries extends PostgresClient {
  query<T>(text: string, values?: unknown[], options?: { rowMode?: 'array' | 'object' }): Promise<{ rows: T[] }>
}

/** PGlite, as far as it is used here. */
export interface Pglite extends PgliteQueries {
  readonly waitReady: Promise<void>
  transaction<T>(work: (transaction: PgliteQueries) => Promise<T>): Promise<T>
  listen(channel: string, callback: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** What a driver over PGlite has to be told. */
export interface PgliteDriverOptions {
  readonly address: string
  /** How long a read is waited for, in ms. */
  readonly patience: number
  readonly scheduler: SchedulerLike
}

/**
 * Makes a driver over PGlite: a PostgreSQL of one session within this process. Transactions wait for each other, and
 * whoever waits for the store within one, but not through it, waits until the store is closed. Only reads are given up
 * after a time: what was sent cannot be taken back, and a write that was called a failure must not happen afterwards.
 */
export function pgliteDriver(db: Pglite, { address, patience, scheduler }: PgliteDriverOptions): Driver {
  const waits = new Waits(patience, scheduler)
  const pending = new Set<Promise<unknown>>()
  const destroyed = Promise.withResolvers<never>()
  destroyed.promise.catch(() => undefined)
  const closed = new StoreError(address, 'the store is closed')
  let open = true

  async function ask(
    target: PgliteQueries,
    text: string,
    values: readonly Value[] = [],
    signal?: AbortSignal,
  ): Promise<readonly Row[]> {
    if (!open) throw closed
    const asked = target.query<Row>(text, values as unknown[], { rowMode: 'array' })
    const what = `an answer of ${address}`
    return (await counted(signal === undefined ? asked : waits.for(asked, { what, signal }))).rows
  }

  /** Waits for something until it is over, or the store is closed. */
  async function counted<T>(work: Promise<T>): Promise<T> {
    pending.add(work)
    try {
      return await Promise.race([work, destroyed.promise])
    } finally {
      pending.delete(work)
    }
  }

  const on = (target: PgliteQueries): Queryable => ({
    query: (text, values, signal) => ask(target, text, values, signal),
  })
  return {
    ...on(db),
    single: true,
    size: 1,
    source: db,
    clientMethods: ['query', 'exec', 'sql'],
    connected: true,
    reconnects$: NEVER,
    async transaction(work) {
      if (!open) throw closed
      return counted(db.transaction((client) => work({ ...on(client), client })))
    },
    session: async () => ({ ...on(db), ended$: NEVER, close: async () => undefined, cut: () => undefined }),
    listen: (channels) =>
      new Observable((subscriber) => {
        const listening = channels.map((channel) =>
          db.listen(quote(channel), (payload) => subscriber.next({ channel, payload })),
        )
        Promise.all(listening).then(
          () => subscriber.next(undefined),
          (error: unknown) => subscriber.error(error),
        )
        subscriber.add(() => {
          // Nobody cares any more how it ends: the database may be closed by now.
          for (const begun of listening) begun.then((unlisten) => unlisten()).catch(() => undefined)
        })
      }),
    replaceConnections: () => undefined,
    // The database is the application's.
    async close() {
      open = false
      await Promise.race([Promise.allSettled(pending), destroyed.promise.catch(() => undefined)])
    },
    destroy() {
      open = false
      waits.end(closed)
      destroyed.reject(closed)
    },
  }
}
