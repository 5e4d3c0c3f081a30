import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { nats } from 'rx-projection/nats'
import { type BankEvent, newEvent, streamOf } from './workload.ts'

const AT_A_TIME = 10_000

/** A JetStream stream that holds the first `count` events, each a message of its own; made once for each server. */
export async function seededStream(url: string, count: number): Promise<string> {
  const stream = `seeded-${count}`
  await using store = nats<BankEvent>({ servers: url, stream })
  // Makes the stream.
  const { head } = await store.events.read({ after: 0, limit: 1 })
  if (head === count) return stream
  if (head !== 0) throw new Error(`the stream ${stream} holds ${head} events: its seeding was broken off`)
  const connection = await connect({ servers: url })
  const manager = await jetstreamManager(connection)
  for (let id = 1; id <= count; id++) {
    // As `append` would have stored them, without a confirmation for each.
    const body = { revision: Math.ceil(id / 1_000), ...newEvent(id), recordedAt: '2026-01-01T00:00:00.000Z' }
    connection.publish(`${stream}.${streamOf(id)}`, JSON.stringify(body))
    if (id % AT_A_TIME !== 0 && id !== count) continue
    await connection.flush()
    while ((await manager.streams.info(stream)).state.messages < id);
  }
  await connection.close()
  return stream
}
