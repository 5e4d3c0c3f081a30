import pg from 'pg'
import type { Job, Scale } from '../harness/job.ts'
import { ownName } from '../ownName.ts'
import { AccountTable } from '../postgresAccounts.ts'
import { seededSchema } from '../postgresSeed.ts'
import type { BankEvent } from '../workload.ts'

const PAGE = 512

/** By hand: a page by key, and in one transaction the same upsert and the position, without any check. */
export async function setUp({ events, url }: Scale): Promise<Job> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const table = await AccountTable.open(url!)
  const position = ownName('position')
  await client.query(`CREATE TABLE ${position} (position bigint); INSERT INTO ${position} VALUES (0)`)
  const read = {
    name: 'page',
    text: `SELECT e.position::text, e.type, e.payload::text FROM ${await seededSchema(url!, events)}.events e
      WHERE e.position > $1 ORDER BY e.position LIMIT ${PAGE}`,
    rowMode: 'array' as const,
  }
  return {
    async run() {
      await table.clear()
      const begun = performance.now()
      let last = 0
      while (last < events) {
        const { rows } = await client.query({ ...read, values: [last] })
        const page = rows.map(([, type, payload]) => ({ type, payload: JSON.parse(payload) }) as BankEvent)
        last = Number(rows.at(-1)![0])
        await client.query('BEGIN')
        await client.query({ name: 'upsert', text: table.upsert, values: table.values(page) })
        await client.query(`UPDATE ${position} SET position = $1`, [last])
        await client.query('COMMIT')
      }
      return { value: performance.now() - begun, result: await table.checksum() }
    },
    async tearDown() {
      await client.query(`DROP TABLE ${position}`)
      await client.end()
      await table.drop()
    },
  }
}
