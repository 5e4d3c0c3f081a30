import type { ClientBase } from 'pg'
import { defineProjector, startProjector } from 'rx-projection'
import { type PostgresContext, postgres } from 'rx-projection/postgres'
import { Balances, changeOf } from '../balances.ts'
import type { Job, Scale } from '../harness/job.ts'
import { seededSchema } from '../postgresSeed.ts'
import type { BankEvent } from '../workload.ts'

/** A projector from the beginning to where it is caught up: one statement an event, one transaction a page of 512. */
export async function setUp({ events, url }: Scale): Promise<Job> {
  const schema = await seededSchema(url!, events)
  const store = postgres<BankEvent>({ connectionString: url!, schema })
  return {
    async run() {
      const balances = await Balances.create(url!, schema)
      const { name, upsert } = balances
      const definition = defineProjector<BankEvent, PostgresContext>({
        name,
        transaction: 'page',
        // Prepared, as in the variant that it is compared with: `client` is the client of `pg`.
        process: (event, { client }) =>
          (client as unknown as ClientBase).query({
            name,
            text: upsert,
            values: [event.payload.account, changeOf(event)],
          }),
      })
      const begun = performance.now()
      const projector = startProjector(definition, { store })
      await projector.whenCaughtUp()
      const value = performance.now() - begun
      await projector.stop()
      return balances.sample(value)
    },
    tearDown: async () => {
      await store[Symbol.asyncDispose]()
    },
  }
}
