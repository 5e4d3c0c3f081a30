import { DeliverPolicy, jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import type { Job, Scale } from '../harness/job.ts'
import { seededStream } from '../natsSeed.ts'
import { noTotals, type StoredEvent } from '../workload.ts'
import { fold } from './byHand.ts'

/** What somebody writes who needs no library: an ordered consumer, JSON.parse, an event as an object, the same fold. */
export async function setUp({ events, url }: Scale): Promise<Job> {
  const stream = await seededStream(url!, events)
  const connection = await connect({ servers: url! })
  return {
    async run() {
      const begun = performance.now()
      const consumer = await jetstream(connection).consumers.get(stream, { deliver_policy: DeliverPolicy.All })
      let offset = 0
      let state = noTotals
      const messages = await consumer.consume({ max_messages: 4_096 })
      for await (const message of messages) {
        const { type, payload } = message.json<{ type: string; payload: StoredEvent['payload'] }>()
        offset = message.seq
        state = fold(state, { id: offset, stream: message.subject, type, payload })
        if (offset === events) break
      }
      const value = performance.now() - begun
      await consumer.delete()
      return { value, result: JSON.stringify({ offset, state }) }
    },
    tearDown: () => connection.close(),
  }
}
