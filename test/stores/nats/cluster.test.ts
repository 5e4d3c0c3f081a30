import { jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { defineProjection, type OpenStore, startProjection } from 'rx-projection'
import { type NatsStore, nats } from 'rx-projection/nats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NatsServer, natsServerIsInstalled, startNatsCluster } from '../../support/natsServer.ts'
import { newName, readAll, until, used } from './support/onServer.ts'
import { startTcpProxy, type TcpProxy } from './support/tcpProxy.ts'

interface Counted {
  readonly type: 'Counted'
  readonly payload: { readonly writer: number; readonly number: number }
}

/** Every event that was folded, in order, as `writer:number`. */
const ledger = defineProjection<readonly string[], Counted>({
  name: 'ledger',
  initialState: () => [],
  on: { Counted: (state, { payload: { writer, number } }) => [...state, `${writer}:${number}`] },
})

/** A read, and then a load, that get no answer have 30 s each; only what hangs takes longer than both. */
const PATIENCE = 70_000

describe.runIf(natsServerIsInstalled)('three servers, with three replicas', { timeout: 240_000 }, () => {
  let servers: readonly NatsServer[]
  let connection: NatsConnection

  beforeAll(async () => {
    servers = await startNatsCluster()
    connection = await connect({
      servers: servers.map(({ url }) => url),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
    })
    await until('the cluster has a leader', async () => {
      const jsm = await jetstreamManager(connection, { timeout: 1_000 }).catch(() => undefined)
      return jsm?.getAccountInfo().then(
        () => true,
        () => false,
      )
    })
  }, 60_000)
  afterAll(async () => {
    await connection?.close()
    for (const server of servers ?? []) await server[Symbol.asyncDispose]()
  })

  function open(stream: string, options: { readonly servers?: readonly string[] } = {}): NatsStore<Counted> {
    return used(
      nats<Counted>({ servers: servers.map(({ url }) => url), stream, replicas: 3, patience: 40_000, ...options }),
    )
  }

  /** The servers that a stream lies on, its leader first. */
  async function membersOf(stream: string): Promise<readonly NatsServer[]> {
    const jsm = await jetstreamManager(connection)
    const { cluster } = await jsm.streams.info(stream)
    const numbered = (name: string): NatsServer => servers[Number(name.slice('server-'.length)) - 1]!
    return [numbered(cluster!.leader!), ...cluster!.replicas!.map(({ name }) => numbered(name))]
  }

  async function leaderIsElected(stream: string): Promise<void> {
    const jsm = await jetstreamManager(connection, { timeout: 500, checkAPI: false })
    await until(
      'a leader, and all replicas up to date',
      async () => {
        const info = await jsm.streams.info(stream).catch(() => undefined)
        return info?.cluster?.leader !== undefined && info.cluster.replicas?.every(({ current }) => current)
      },
      30_000,
    )
  }

  /** Appends one event after the other, in ones and threes, until it is told to stop; gives how many were stored. */
  function write(store: OpenStore<Counted>, writer: number): { stop(): Promise<number>; readonly stored: number } {
    let stopped = false
    let stored = 0
    const running = (async () => {
      for (let round = 0; !stopped; round++) {
        const count = round % 4 === 3 ? 3 : 1
        const events = Array.from({ length: count }, (_, index) => ({
          type: 'Counted' as const,
          payload: { writer, number: stored + index },
        }))
        const { revision } = await store.events.append(`writer-${writer}`, events, { expectedRevision: stored })
        stored += count
        expect(revision).toBe(stored)
      }
    })()
    // What goes wrong is told where it is awaited, in stop().
    running.catch(() => {})
    return {
      async stop() {
        stopped = true
        await running
        return stored
      },
      get stored() {
        return stored
      },
    }
  }

  test('go on while one thing after the other fails: nothing is lost, and nothing comes twice', async () => {
    const stream = newName()
    const proxies: TcpProxy[] = await Promise.all(servers.map(({ port }) => startTcpProxy(port)))
    try {
      const stores = [open(stream), open(stream, { servers: proxies.map(({ url }) => url) })]
      const reader = open(stream)
      await using projection = startProjection(ledger, {
        store: reader,
        snapshotEvery: 20,
        catchUpAfter: 500,
        // A read that a server took with it into its crash is given up after this time.
        readTimeout: 5_000,
        retry: { delay: 50, entropy: 50 },
      })
      const writers = stores.map((store, index) => write(store, index))
      const seen = (): number => projection.current?.state.length ?? 0
      const goesOn = async (what: string): Promise<void> => {
        const before = writers.map(({ stored }) => stored)
        await until(
          `appends go on ${what}`,
          () => writers.every(({ stored }, index) => stored > before[index]! + 5),
          PATIENCE,
        )
        const enough = seen() + 10
        await until(`the projection goes on ${what}`, () => seen() > enough, PATIENCE)
      }
      await goesOn('at first')

      const [leader] = await membersOf(stream)
      leader!.signal('SIGKILL')
      await leader!.gone()
      await goesOn('without the leader')
      await leader!.restart()
      await leaderIsElected(stream)
      await goesOn('when the leader is back')

      const [, follower] = await membersOf(stream)
      follower!.signal('SIGSTOP')
      try {
        await goesOn('while a follower is paused')
      } finally {
        follower!.signal('SIGCONT')
      }
      await leaderIsElected(stream)
      for (let cuts = 0; cuts < 3; cuts++) {
        for (const proxy of proxies) proxy.cut()
        await goesOn('after a cut')
      }

      const counts = await Promise.all(writers.map((writer) => writer.stop()))
      const total = counts[0]! + counts[1]!
      await until('the projection has seen all', () => seen() >= total, PATIENCE)
      const log = await readAll(open(stream))
      expect(log.map(({ id }) => id)).toEqual(Array.from({ length: total }, (_, index) => index + 1))
      const stored = log.map(({ payload }) => payload as Counted['payload'])
      for (const [writer, count] of counts.entries()) {
        const own = stored.filter((event) => event.writer === writer).map(({ number }) => number)
        expect(own).toEqual(Array.from({ length: count }, (_, number) => number))
      }
      expect(projection.current).toEqual({
        offset: total,
        state: stored.map(({ writer, number }) => `${writer}:${number}`),
      })
      await projection.takeSnapshot({ timeout: 60_000 })
      await projection.stop({ timeout: 60_000 })
      expect(await open(stream).snapshots.load('ledger', 1)).toMatchObject({ offset: total })
    } finally {
      for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
    }
  })

  test('keep snapshots, positions and leases on all three', async () => {
    const stream = newName()
    const store = open(stream)
    const big = 'x'.repeat(1_500_000)
    const lease = await store.leases.acquire('a', { owner: 'one', ttl: 60_000 })
    await store.positions.save('p', 7, { expected: 0, lease: lease! })
    await store.snapshots.save('s', 1, { offset: 7, state: big }, { lease: lease! })
    const jsm = await jetstreamManager(connection)
    for (const name of [`KV_${stream}_state`, `OBJ_${stream}_state`]) {
      expect((await jsm.streams.info(name)).config.num_replicas).toBe(3)
    }
    const [leader] = await membersOf(`KV_${stream}_state`)
    leader!.signal('SIGKILL')
    await leader!.gone()
    try {
      expect(await store.positions.load('p')).toBe(7)
      expect(await store.snapshots.load('s', 1)).toEqual({ offset: 7, state: big })
      await store.positions.save('p', 8, { expected: 7, lease: lease! })
    } finally {
      await leader!.restart()
    }
    expect(await store.positions.load('p')).toBe(8)
  })
})
