import { getPostgreSQLEventStore, postgreSQLProjection } from '@event-driven-io/emmett-postgresql'
import { Balances, changeOf } from '../balances.ts'
import type { Job, Scale } from '../harness/job.ts'
import type { BankEvent } from '../workload.ts'
import { seededDatabase, vacuumCheckpoints } from './postgresSeed.ts'

/**
 * Their consumer with one projector, from the beginning to the last event, at its quickest:
 *
 * - A handler with a prepared statement. Their raw SQL projections send text, which is parsed each time; and nothing can be
 *   joined there, since a projector's handler is given one event at a time whatever the batch is.
 * - Batches of 1 000, each one transaction, and no pause between full ones. Small batches pay for many reads, each of which
 *   sorts the log; in one of all events the checkpoint's row, which they write for each event, has ever more dead versions.
 * - The checkpoints' table is vacuumed before each run: the server then finds the row by its key. Otherwise it takes the
 *   table for empty and scans all of it at each event, until autovacuum comes by: half as fast.
 */
export async function setUp({ events, url, pageSize = 1_000 }: Scale): Promise<Job> {
  const database = await seededDatabase(url!, events)
  const store = getPostgreSQLEventStore(database, { schema: { autoMigration: 'None' } })
  return {
    async run() {
      const balances = await Balances.create(database, 'public')
      const { name, upsert } = balances
      await vacuumCheckpoints(database)
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
