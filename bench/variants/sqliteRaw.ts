import { DatabaseSync } from 'node:sqlite'
import { type Job, type Scale, timed } from '../harness/job.ts'
import { seededFile } from '../seed.ts'
import { noTotals, type StoredEvent } from '../workload.ts'
import { fold } from './byHand.ts'

type Row = [number, string, string, string, number, string, string | null]

const PAGE = `SELECT position, stream, type, payload, revision, recorded_at, metadata
  FROM rx_events WHERE position > ? ORDER BY position LIMIT 512`

/** What somebody writes who needs no library: pages by key, JSON.parse, an event as an object, the same fold. */
export async function setUp({ events, folder }: Scale): Promise<Job> {
  const database = new DatabaseSync(await seededFile(folder, events))
  const page = database.prepare(PAGE)
  page.setReturnArrays(true)
  return {
    run: () =>
      timed(() => {
        let offset = 0
        let state = noTotals
        for (;;) {
          const rows = page.all(offset) as unknown as Row[]
          if (rows.length === 0) return { offset, state }
          for (let index = 0; index < rows.length; index++) {
            const [id, stream, type, payload, revision, recordedAt, metadata] = rows[index]!
            const event = { id, stream, type, payload: JSON.parse(payload), revision, recordedAt, metadata }
            state = fold(state, event as StoredEvent)
            offset = id
          }
        }
      }),
    tearDown: () => database.close(),
  }
}
