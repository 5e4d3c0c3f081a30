import { defineProjector, startProjector } from 'rx-projection'
import { type PostgresContext, postgres } from 'rx-projection/postgres'
import type { Job, Scale } from '../harness/job.ts'
import { AccountTable } from '../postgresAccounts.ts'
import { seededSchema } from '../postgresSeed.ts'
import type { BankEvent } from '../workload.ts'

/** A projector with a handler for pages, each one statement that upserts many rows, over a whole log. */
export async function setUp({ events, url }: Scale): Promise<Job> {
  const store = postgres<BankEvent>({ connectionString: url!, schema: await seededSchema(url!, events) })
  const table = await AccountTable.open(url!)
  let run = 0
  return {
    async run() {
      await table.clear()
      const projector = defineProjector<BankEvent, PostgresContext>({
        name: `accounts-${process.pid}-${run++}`,
        processPage: (page, { client }) => client.query(table.upsert, table.values(page)),
      })
      const begun = performance.now()
      const running = startProjector(projector, { store })
      await running.whenProcessed(events, { timeout: 600_000 })
      const value = performance.now() - begun
      await running.stop()
      return { value, result: await table.checksum() }
    },
    async tearDown() {
      await table.drop()
      await store[Symbol.asyncDispose]()
    },
  }
}
