import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import type { OpenStore } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { type StoreOpener, storeConformance } from 'rx-projection/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type NatsServer, natsServerIsInstalled, startNatsServer } from '../../support/natsServer.ts'

const streams = new WeakMap<OpenStore, string>()
let server: NatsServer
let count = 0

function openOn(stream: string): OpenStore {
  const store: OpenStore = nats({ servers: server.url, stream })
  streams.set(store, stream)
  return store
}

const opener: StoreOpener = {
  open: () => openOn(`conformance-${++count}`),
  openAgain: (store) => openOn(streams.get(store)!),
  async breakSnapshot(store, name, version) {
    const connection = await connect({ servers: server.url })
    const jsm = await jetstreamManager(connection)
    const bucket = `${streams.get(store)}_state`
    const list = await jsm.streams.getMessage(`KV_${bucket}`, { last_by_subj: `$KV.${bucket}.s.${name}.${version}` })
    const [newest] = list!.json<{ readonly id: string }[]>()
    await connection.request(`$KV.${bucket}.c.${name}.${version}.${newest!.id}`, '{"cut')
    await connection.close()
  },
}

describe.runIf(natsServerIsInstalled)('nats() conforms', () => {
  beforeAll(async () => {
    server = await startNatsServer()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  for (const { name, run } of storeConformance(opener)) test(name, { timeout: 20_000 }, run)
})
