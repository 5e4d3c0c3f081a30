import { getSQLiteEventStore, sqliteConnection } from '@event-driven-io/emmett-sqlite'
import type { Job, Scale } from '../harness/job.ts'
import { fold } from '../variants/byHand.ts'
import { noTotals, type StoredEvent } from '../workload.ts'
import { seededFile } from './seed.ts'

/** Their consumer from the beginning to the last event, with the same fold, at its quickest: one batch of all, no poll. */
export async function setUp({ events, folder }: Scale): Promise<Job> {
  const fileName = await seededFile(folder, events)
  const connection = sqliteConnection({ fileName })
  const store = getSQLiteEventStore({ fileName, connectionOptions: { singleton: true, connection } })
  let runs = 0
  return {
    async run() {
      let state = noTotals
      let offset = 0
      const consumer = store.consumer({ pulling: { batchSize: events, pullingFrequencyInMs: 0 } })
      consumer.processor({
        processorId: `totals-${process.pid}-${runs++}`,
        startFrom: 'BEGINNING',
        eachMessage: ({ type, data, metadata }) => {
          state = fold(state, { type, payload: data } as unknown as StoredEvent)
          offset = Number(metadata.globalPosition)
        },
        stopAfter: ({ metadata }) => Number(metadata.globalPosition) === events,
      })
      const begun = performance.now()
      await consumer.start()
      return { value: performance.now() - begun, result: JSON.stringify({ offset, state }) }
    },
    tearDown: () => connection.close(),
  }
}
