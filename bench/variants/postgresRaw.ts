import pg from 'pg'
import type { Job, Scale } from '../harness/job.ts'
import { seededSchema } from '../postgresSeed.ts'
import { noTotals, type StoredEvent } from '../workload.ts'
import { fold } from './byHand.ts'

/** What somebody writes who needs no library: pages by key, JSON.parse, an event as an object, the same fold. */
export async function setUp({ events, url, pageSize = 512 }: Scale): Promise<Job> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const page = {
    name: 'page',
    text: `SELECT position::text, stream, type, payload::text, revision::text, recorded_at, metadata::text
      FROM ${await seededSchema(url!, events)}.events e WHERE e.position > $1 ORDER BY e.position LIMIT ${pageSize}`,
    rowMode: 'array' as const,
  }
  return {
    async run() {
      const begun = performance.now()
      let offset = 0
      let state = noTotals
      for (;;) {
        const { rows } = await client.query({ ...page, values: [offset] })
        if (rows.length === 0) break
        for (const [id, stream, type, payload, revision, recordedAt, metadata] of rows) {
          const event = {
            id: Number(id),
            stream,
            type,
            payload: JSON.parse(payload),
            revision: Number(revision),
            recordedAt,
            metadata: metadata === null ? undefined : JSON.parse(metadata),
          }
          state = fold(state, event as StoredEvent)
          offset = event.id
        }
      }
      return { value: performance.now() - begun, result: JSON.stringify({ offset, state }) }
    },
    tearDown: () => client.end(),
  }
}
