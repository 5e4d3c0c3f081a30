import pg from 'pg'
import { postgres } from 'rx-projection/postgres'
import type { Job, Scale } from '../harness/job.ts'
import { ownName } from '../ownName.ts'
import { type BankEvent, newEvent, streamOf } from '../workload.ts'
import { inTurns } from '../writers.ts'

/** Single events, appended by some writers at the same time, to streams that exist. */
export async function setUp({ appends, url, workers = 16 }: Scale): Promise<Job> {
  const pool = new pg.Pool({ connectionString: url, max: workers })
  const store = postgres<BankEvent>({ pool, schema: ownName('writers') })
  await store.open()
  return {
    async run() {
      const value = await inTurns(workers, appends, (id) => store.events.append(streamOf(id), [newEvent(id)]))
      return { value, result: `${appends} appended` }
    },
    async tearDown() {
      await store[Symbol.asyncDispose]()
      await pool.end()
    },
  }
}
