import { getPostgreSQLEventStore, postgreSQLProjection } from '@event-driven-io/emmett-postgresql'
import { Balances, changeOf } from '../balances.ts'
import type { Job, Scale } from '../harness/job.ts'
import type { BankEvent } from '../workload.ts'
import { seededDatabase } from './postgresSeed.ts'

/**
 * Their consumer with one projector, from the beginning to the last event, at its quickest: a handler with a prepared
 * statement (their raw SQL projections send text, which is parsed each time), no pause between full batches, and batches of
 * 1 000, each one transaction. Small ones pay for many reads, each of which sorts the log, and many commits; in one of all
 * 20 000 the checkpoint's row, which they write for each event, has more and more dead versions. The handler of a
 * projector is given one event at a time whatever the batch is, so there is nothing to join statements from.
 */
export async function setUp({ events, url, pageSize = 1_000 }: Scale): Promise<Job> {
  const database = await seededDatabase(url!, events)
  const store = getPostgreSQLEventStore(database, { schema: { autoMigration: 'None' } })
  return {
    async run() {
      const balances = await Balances.create(database, 'public')
      const { name, upsert } = balances
      const consumer = store.consumer({
        pulling: { batchSize: pageSize, pullingFrequencyInMs: 0 },
        // It stops at the last event. Without an end of its own it would wait for ever, should there be none.
        stopWhen: { noMessagesLeft: true },
      })
      consumer.projector({
        processorId: name,
        projection: postgreSQLProjection<BankEvent & { data: BankEvent['payload'] }>({
          name,
          canHandle: ['Opened', 'Deposited', 'Withdrawn'],
          handle: async (handed, { connection }) => {
            for (const { type, data } of handed) {
              const change = changeOf({ type, payload: data } as BankEvent)
              await connection.client.query({ name, text: upsert, values: [data.account, change] })
            }
          },
        }),
        stopAfter: ({ metadata }) => metadata.globalPosition === BigInt(events),
      })
      const begun = performance.now()
      await consumer.start()
      return balances.sample(performance.now() - begun)
    },
    tearDown: () => store.close(),
  }
}
