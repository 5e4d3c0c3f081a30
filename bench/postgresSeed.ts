import pg from 'pg'
import { postgres } from 'rx-projection/postgres'
import { type BankEvent, newEvent, streamOf } from './workload.ts'

const BATCH = 10_000

/** A schema that holds the first `count` events and has been vacuumed; made once for each server and name. */
export async function seededSchema(url: string, count: number, name = `seeded_${count}`): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [name])
    if (rowCount === 0) await seed(client, url, count, name)
  } finally {
    await client.end()
  }
  return name
}

async function seed(client: pg.Client, url: string, count: number, schema: string): Promise<void> {
  const unfinished = `${schema}_unfinished`
  await client.query(`DROP SCHEMA IF EXISTS ${unfinished} CASCADE`)
  {
    await using store = postgres<BankEvent>({ connectionString: url, schema: unfinished })
    await store.open()
  }
  for (let from = 1; from <= count; from += BATCH) {
    const streams: string[] = []
    const types: string[] = []
    const payloads: string[] = []
    for (let id = from; id < from + BATCH && id <= count; id++) {
      const { type, payload } = newEvent(id)
      streams.push(streamOf(id))
      types.push(type)
      payloads.push(JSON.stringify(payload))
    }
    // As `append` would have stored them, one after the other.
    await client.query(
      `INSERT INTO ${unfinished}.events (stream_key, stream, revision, type, payload, recorded_at)
       SELECT encode(substr(sha256(convert_to(stream, 'UTF8')), 1, 16), 'hex')::uuid, stream,
         $4::bigint + row_number() OVER (PARTITION BY stream ORDER BY place), type, payload::json, '2026-01-01T00:00:00.000Z'
       FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS e (stream, type, payload, place)
       ORDER BY place`,
      [streams, types, payloads, Math.floor((from - 1) / 1_000)],
    )
  }
  await client.query(
    `INSERT INTO ${unfinished}.streams (key, name, revision)
     SELECT stream_key, stream, max(revision) FROM ${unfinished}.events GROUP BY 1, 2`,
  )
  await client.query(`VACUUM ANALYZE ${unfinished}.events`)
  await client.query(`ALTER SCHEMA ${unfinished} RENAME TO ${schema}`)
}
