import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/** A new, empty database on the server that all files of a run share: none stops that server, or changes its settings. */
export interface LentDatabase {
  readonly name: string
  readonly url: string
  /** Ends what is still connected to it, and removes it. */
  drop(): Promise<void>
}

/** Makes a database on the server of this run. */
export async function lendDatabase(): Promise<LentDatabase> {
  const response = await fetch(inject('postgresDesk'))
  const server = await response.text()
  if (!response.ok) throw new Error(server)
  // Not counted: the server outlives the modules of a test file.
  const name = `test_${randomBytes(6).toString('hex')}`
  await run(server, `CREATE DATABASE ${name}`)
  return {
    name,
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    drop: () => run(server, `DROP DATABASE ${name} WITH (FORCE)`),
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
