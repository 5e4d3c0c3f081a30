import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { PostgresClient, PostgresPool } from 'rx-projection/postgres'

/** The parts of a database that this example needs. */
export interface Database extends AsyncDisposable {
  readonly pool: PostgresPool
  query(text: string): Promise<readonly Record<string, unknown>[]>
  script(text: string): Promise<unknown>
  transaction<T>(work: (client: PostgresClient) => Promise<T>): Promise<T>
}

/** The server of a URL if there is one, otherwise PGlite. */
export async function openDatabase(url: string | undefined): Promise<Database> {
  return url === undefined ? inProcess(await PGlite.create()) : onServer(new pg.Pool({ connectionString: url }))
}

function inProcess(db: PGlite): Database {
  return {
    pool: db,
    query: async (text) => (await db.query<Record<string, unknown>>(text)).rows,
    script: (text) => db.exec(text),
    transaction: (work) => db.transaction(work),
    [Symbol.asyncDispose]: () => db.close(),
  }
}

function onServer(pool: pg.Pool): Database {
  return {
    pool,
    query: async (text) => (await pool.query(text)).rows,
    script: (text) => pool.query(text),
    async transaction(work) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        const result = await work(client)
        await client.query('COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK')
        throw error
      } finally {
        client.release()
      }
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
