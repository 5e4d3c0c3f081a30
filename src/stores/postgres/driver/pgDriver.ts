import { AsyncSubject, Observable } from 'rxjs'
import { storeFailure } from '../failures.ts'
import { quote } from '../names.ts'
import type { Driver, DriverTransaction, Queryable, Row, Session, Value } from './Driver.ts'
import type { PgClient, PgClientClass, PgPool, PgPoolClient, PgQuery } from './pgTypes.ts'
import { shortName } from './shortName.ts'

/** What a driver over `pg` is made of. */
export interface PgDriverOptions {
  readonly pool: PgPool
  /** Makes connections that are not the pool's. */
  readonly Client: PgClientClass
  readonly address: string
  /** Whether the server keeps the plans of statements; a pooler between may not allow it. */
  readonly prepared: boolean
  /** Whether the pool was made for this driver, and ends with it. */
  readonly owned: boolean
}

type Asked = Pick<PgPool, 'query'>

/** Makes a driver over a pool of `pg`. */
export function pgDriver({ pool, Client, address, prepared, owned }: PgDriverOptions): Driver {
  const names = new Map<string, string>()
  const nameOf = (text: string): string => {
    const known = names.get(text)
    if (known !== undefined) return known
    const name = shortName('statement', text)
    names.set(text, name)
    return name
  }
  const fail = (error: unknown): never => {
    throw storeFailure(address, error)
  }
  const ask = (target: Asked, text: string, values: readonly Value[] = []): Promise<readonly Row[]> => {
    const query: PgQuery = {
      text,
      values: values as unknown[],
      rowMode: 'array',
      ...(prepared && { name: nameOf(text) }),
    }
    return target.query(query).then(rowsOf, fail)
  }
  const on = (target: Asked): Queryable => ({ query: (text, values) => ask(target, text, values) })

  function guarded<T>(work: Promise<T>): Promise<T> {
    return work.catch(fail)
  }

  async function transaction<T>(work: (transaction: DriverTransaction) => Promise<T>): Promise<T> {
    const client = await guarded(pool.connect())
    let broken: Error | undefined
    const watch = (error: Error): void => {
      broken = error
    }
    client.on('error', watch)
    try {
      await guarded(client.query('BEGIN'))
      const result = await work({ ...on(client), client })
      const { command } = await guarded(client.query('COMMIT'))
      // A transaction in which a statement failed is rolled back by its COMMIT, and PostgreSQL calls that a success.
      if (command === 'ROLLBACK') throw new Error('the transaction was rolled back: a statement in it had failed')
      return result
    } catch (error) {
      broken ??= await rollback(client)
      throw error
    } finally {
      forget(client, watch)
      client.release(broken)
    }
  }

  async function connect(): Promise<Session & { readonly client: PgClient }> {
    const client = new Client({ ...configOf(pool), keepAlive: true })
    const ended$ = new AsyncSubject<unknown>()
    const end = (error?: Error): void => {
      ended$.next(error ?? new Error('the connection has ended'))
      ended$.complete()
    }
    client.on('error', end)
    client.on('end', end)
    try {
      await guarded(client.connect())
    } catch (error) {
      client.end().catch(() => undefined)
      throw error
    }
    return { ...on(client), client, ended$, close: () => client.end() }
  }

  return {
    ...on(pool),
    single: false,
    transaction,
    session: connect,
    listen: (channels) =>
      new Observable((subscriber) => {
        const connecting = connect()
        connecting.then(
          async (session) => {
            if (subscriber.closed) return
            subscriber.add(session.ended$.subscribe((error) => subscriber.error(error)))
            session.client.on('notification', ({ channel, payload = '' }) => subscriber.next({ channel, payload }))
            try {
              for (const channel of channels) await session.client.query(`LISTEN ${quote(channel)}`)
            } catch (error) {
              subscriber.error(error)
              return
            }
            subscriber.next(undefined)
          },
          (error: unknown) => subscriber.error(error),
        )
        subscriber.add(() => {
          // Whoever stops to listen does not care how its connection ends.
          connecting.then((session) => session.close()).catch(() => undefined)
        })
      }),
    close: async () => {
      if (owned) await pool.end()
    },
  }
}

function rowsOf({ rows }: { readonly rows: unknown[][] }): readonly Row[] {
  return rows
}

/** Ends a transaction that failed; what is wrong with the connection, if that fails too. */
async function rollback(client: PgPoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return error as Error
  }
}

function forget(client: PgPoolClient, listener: (error: Error) => void): void {
  ;(client as unknown as { off(event: string, listener: unknown): void }).off('error', listener)
}

/** The configuration of a pool; `pg` hides its password from loops over it. */
function configOf({ options }: PgPool): object {
  const { password } = options as { password?: unknown }
  return password === undefined ? options : { ...options, password }
}
