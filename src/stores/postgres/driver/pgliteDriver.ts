import { NEVER, Observable } from 'rxjs'
import { storeFailure } from '../failures.ts'
import { quote } from '../names.ts'
import type { Driver, PostgresClient, Queryable, Row, Value } from './Driver.ts'

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

/**
 * Makes a driver over PGlite: a PostgreSQL of one session within this process. Transactions wait for each other, and
 * whoever waits for the store within one, but not through it, waits for ever.
 */
export function pgliteDriver(db: Pglite, address: string, owned: boolean): Driver {
  async function ask(target: PgliteQueries, text: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    try {
      return (await target.query<Row>(text, values as unknown[], { rowMode: 'array' })).rows
    } catch (error) {
      throw storeFailure(address, error)
    }
  }
  const on = (target: PgliteQueries): Queryable => ({ query: (text, values) => ask(target, text, values) })
  return {
    ...on(db),
    single: true,
    transaction: (work) => db.transaction((client) => work({ ...on(client), client })),
    session: async () => ({ ...on(db), ended$: NEVER, close: async () => undefined }),
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
    close: async () => {
      if (owned) await db.close()
    },
  }
}
