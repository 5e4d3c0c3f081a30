import pg from 'pg'
import { postgres } from 'rx-projection/postgres'
import type { Job, Scale } from '../harness/job.ts'
import { ownName } from '../ownName.ts'
import { newEvent, streamOf } from '../workload.ts'
import { inTurns } from '../writers.ts'

/** By hand: the same rows into the same table, with the same indexes; no streams, no revisions, nobody is told. */
export async function setUp({ appends, url, workers = 16 }: Scale): Promise<Job> {
  const pool = new pg.Pool({ connectionString: url, max: workers })
  const schema = ownName('inserts')
  {
    await using store = postgres({ pool, schema })
    await store.open()
  }
  const insert = {
    name: 'insert',
    text: `INSERT INTO ${schema}.events (stream_key, stream, revision, type, payload, recorded_at)
      VALUES ($1, $2, $3, $4, $5, $6) RETURNING position::text`,
    rowMode: 'array' as const,
  }
  return {
    async run() {
      const value = await inTurns(workers, appends, (id) => {
        const { type, payload } = newEvent(id)
        const key = `00000000-0000-0000-0000-${String(id % 1_000).padStart(12, '0')}`
        const values = [key, streamOf(id), id, type, JSON.stringify(payload), new Date().toISOString()]
        return pool.query({ ...insert, values })
      })
      return { value, result: `${appends} appended` }
    },
    tearDown: () => pool.end(),
  }
}
