import { startProjection } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import type { Job, Scale } from '../harness/job.ts'
import { seededSchema } from '../postgresSeed.ts'
import { type BankEvent, bankTotals } from '../workload.ts'

/** A cold start over a PostgreSQL log, with all defaults, up to where it is caught up; snapshots go to the same schema. */
export async function setUp({ events, url }: Scale): Promise<Job> {
  const totals = bankTotals()
  const store = postgres<BankEvent>({ connectionString: url!, schema: await seededSchema(url!, events) })
  return {
    async run() {
      await store.snapshots.delete(totals.name, totals.version)
      const begun = performance.now()
      const projection = startProjection(totals, { store })
      await projection.whenCaughtUp()
      const value = performance.now() - begun
      const result = JSON.stringify(projection.current)
      await projection.stop()
      return { value, result }
    },
    tearDown: async () => {
      await store[Symbol.asyncDispose]()
    },
  }
}
