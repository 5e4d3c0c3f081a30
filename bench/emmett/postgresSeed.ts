import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
import pg from 'pg'
import { newEvent } from '../workload.ts'

/** As many events as one append of theirs is given: their statement has all of them as text. */
const BATCH = 1_000

/** A database of theirs that holds the first `count` events, in streams of 1 000, vacuumed; made once for each server. */
export async function seededDatabase(url: string, count: number): Promise<string> {
  const name = `emmett_${count}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) {
      const unfinished = `${name}_unfinished`
      await client.query(`DROP DATABASE IF EXISTS ${unfinished}`)
      await client.query(`CREATE DATABASE ${unfinished}`)
      await seed(inDatabase(url, unfinished), count)
      await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`)
    }
  } finally {
    await client.end()
  }
  return inDatabase(url, name)
}

async function seed(url: string, count: number): Promise<void> {
  const store = getPostgreSQLEventStore(url)
  for (let from = 1; from <= count; from += BATCH) {
    const events = []
    for (let id = from; id < from + BATCH && id <= count; id++) {
      const { type, payload } = newEvent(id)
      events.push({ type, data: payload })
    }
    await store.appendToStream(`bank-${from}`, events)
  }
  await store.close()
  await command(url, 'VACUUM ANALYZE')
}

/** Tells the server how large the table of their checkpoints has become. */
export function vacuumCheckpoints(database: string): Promise<void> {
  return command(database, 'VACUUM emt_processors')
}

async function command(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

function inDatabase(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}
