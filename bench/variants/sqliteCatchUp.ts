import { sqlite } from 'rx-projection/sqlite'
import { coldStart } from '../coldStart.ts'
import type { Job, Scale } from '../harness/job.ts'
import { ownFile } from '../seed.ts'
import type { BankEvent } from '../workload.ts'

/** A cold start over a SQLite log. */
export async function setUp({ events, folder }: Scale): Promise<Job> {
  const { path, remove } = await ownFile(folder, events)
  const { run, tearDown } = coldStart(sqlite<BankEvent>(path))
  return {
    run,
    async tearDown() {
      await tearDown?.()
      remove()
    },
  }
}
