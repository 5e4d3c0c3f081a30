import pg from 'pg'
import type { Job, Scale } from '../harness/job.ts'
import { AppendLatency } from '../latency.ts'
import { ownName } from '../ownName.ts'
import { seededSchema } from '../postgresSeed.ts'

/** By hand: a bare insert, a bare NOTIFY behind it, and a reader that listens and then reads one row. */
export async function setUp({ events, appends, url }: Scale): Promise<Job> {
  const schema = await seededSchema(url!, events, ownName('notify'))
  const [writer, listener, reader] = await Promise.all(
    [0, 1, 2].map(async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      return client
    }),
  )
  const insert = {
    name: 'insert',
    text: `INSERT INTO ${schema}.events (stream_key, stream, revision, type, payload, recorded_at)
      VALUES ('00000000-0000-0000-0000-000000000001', $1, 1, $2, $3, $4)`,
  }
  const next = {
    name: 'next',
    text: `SELECT e.position::text, e.payload::text FROM ${schema}.events e WHERE e.position > $1 ORDER BY e.position LIMIT 1`,
    rowMode: 'array' as const,
  }
  let last = events
  let deposited = 0
  const latency = new AppendLatency(deposited, async (stream, { type, payload }) => {
    await writer!.query({ ...insert, values: [stream, type, JSON.stringify(payload), new Date().toISOString()] })
    await writer!.query({ name: 'notify', text: 'SELECT pg_notify($1, $2)', values: [schema, ''] })
  })
  listener!.on('notification', async () => {
    const { rows } = await reader!.query({ ...next, values: [last] })
    if (rows.length === 0) return
    const [id, payload] = rows[0]!
    last = Number(id)
    deposited += JSON.parse(payload).amount
    latency.observe(deposited)
  })
  await listener!.query(`LISTEN ${schema}`)
  return {
    run: () => latency.sample(appends),
    async tearDown() {
      for (const client of [writer, listener, reader]) await client!.end()
    },
  }
}
