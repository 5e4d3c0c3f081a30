import { connect } from '@nats-io/transport-node'
import { nats } from 'rx-projection/nats'
import { describe, expect, onTestFinished, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { newName, onServer, until, used } from './support/onServer.ts'

const HOUR = 3_600_000
const names = Array.from({ length: 16 }, (_, index) => `run-${index}`)

describe.runIf(natsServerIsInstalled)('leases on JetStream', () => {
  const on = onServer()

  test('of one store do not defeat the saves of each other', async () => {
    const connection = await connect({ servers: on.url })
    onTestFinished(() => connection.close())
    const store = used(nats({ connection, stream: newName() }))
    const leases = await Promise.all(names.map((name) => store.leases.acquire(name, { owner: 'me', ttl: HOUR })))
    await store.positions.save('first', 1)
    let requests = 0
    const { request } = connection
    connection.request = (...asked) => {
      requests++
      return request.apply(connection, asked)
    }
    await Promise.all(names.map((name, index) => store.positions.save(name, 7, { lease: leases[index]! })))
    // Where the bucket ends, the lease, the position, and the save: four for each, and nothing in vain.
    expect(requests).toBe(4 * names.length)
    for (const name of names) expect(await store.positions.load(name)).toBe(7)
  })

  test('are watched by one consumer for all who hold or want one', async () => {
    const stream = newName()
    const [store, other] = [used(nats({ servers: on.url, stream })), used(nats({ servers: on.url, stream }))]
    const lost: unknown[] = []
    for (const name of names) {
      const lease = (await store.leases.acquire(name, { owner: 'me', ttl: 1 }))!
      lease.lost$!.subscribe((error) => lost.push(error))
      store.leases.hints$!.subscribe()
    }
    const consumers = async () => (await on.jsm.consumers.list(`KV_${stream}_state`).next()).length
    await until('a consumer', async () => (await consumers()) > 0)
    for (const name of names.slice(0, 2)) {
      await until('a takeover', () => other.leases.acquire(name, { owner: 'other', ttl: HOUR }))
    }
    await until('who lost them is told', () => lost.length === 2)
    expect(lost).toMatchObject([{ lease: 'run-0' }, { lease: 'run-1' }])
    expect(await consumers()).toBe(1)
  })
})
