import { connect } from '@nats-io/transport-node'
import { defineProjection, startProjection } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { casesOf } from '../../support/thorough.ts'
import { newName, numbers, onServer, readAll, until, used } from './support/onServer.ts'
import { startTcpProxy } from './support/tcpProxy.ts'

interface Numbered {
  readonly type: 'Numbered'
  readonly payload: number
}

const count = defineProjection<number, Numbered>({
  name: 'count',
  initialState: () => 0,
  on: { Numbered: (state) => state + 1 },
})

const HOUR = 3_600_000

describe.runIf(natsServerIsInstalled)('half-open TCP', { timeout: 60_000 }, () => {
  const here = onServer()

  test('is noticed: calls and runs go on over a new connection', async () => {
    await using proxy = await startTcpProxy(here.port)
    const stream = newName()
    const writer = used(nats({ servers: here.url, stream }))
    const store = used(nats<Numbered>({ servers: proxy.url, stream }))
    await using projection = startProjection(count, { store, catchUpAfter: HOUR })
    await writer.events.append('a', numbers(1))
    await projection.whenProcessed(1)
    await store.positions.save('p', 1)
    const before = proxy.connections
    proxy.swallow()
    const calls = [
      store.events.append('b', [{ type: 'Numbered', payload: 2 }]),
      store.positions.save('p', 2, { expected: 1 }),
      store.snapshots.save('s', 1, { offset: 1, state: 1 }),
      store.leases.acquire('l', { owner: 'me', ttl: HOUR }),
      store.events.read({ after: 0, limit: 10 }),
    ]
    await writer.events.append('a', numbers(3))
    await Promise.all(calls)
    await projection.whenProcessed(3, { timeout: 30_000 })
    expect(proxy.connections).toBe(before + 1)
    expect(await store.positions.load('p')).toBe(2)
    expect(await readAll(writer)).toHaveLength(3)
  })

  test('that takes nothing any more is given up, though much was to be sent', async () => {
    await using proxy = await startTcpProxy(here.port)
    const store = used(nats({ servers: proxy.url, stream: newName() }))
    // What is known of a stream need not be asked for: its next event is sent without a question before it.
    for (let index = 0; index < 40; index++) await store.events.append(`s${index}`, numbers(1))
    const before = proxy.connections
    proxy.swallow('unread')
    // More than the buffers between take: what is left of it never leaves the client.
    const appends = Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        store.events.append(`s${index}`, [{ type: 'Numbered', payload: 'x'.repeat(900_000) }]),
      ),
    )
    expect(await appends).toHaveLength(40)
    expect(proxy.connections).toBeGreaterThan(before)
  })

  test('ends no wait late: a read that is aborted rejects, and a disposal is over within seconds', async () => {
    for (const ownConnection of [false, true]) {
      await using proxy = await startTcpProxy(here.port)
      const connection = ownConnection ? await connect({ servers: proxy.url }) : undefined
      onTestFinished(() => connection?.close())
      const stream = newName()
      const store = connection === undefined ? nats({ servers: proxy.url, stream }) : nats({ connection, stream })
      await store.events.append('a', numbers(1))
      const hints = store.leases.hints$!.subscribe()
      proxy.swallow()
      const aborter = new AbortController()
      const read = Promise.resolve(store.events.read({ after: 0, limit: 1, signal: aborter.signal }))
      const append = store.events.append('a', numbers(2))
      const ends = Promise.allSettled([read, append])
      aborter.abort(new Error('nobody waits'))
      await expect(read).rejects.toThrow('nobody waits')
      const began = performance.now()
      await store[Symbol.asyncDispose]()
      // A bound far above what it takes, not a measurement.
      expect(performance.now() - began).toBeLessThan(8_000)
      expect((await ends)[1]).toMatchObject({ status: 'rejected', reason: { name: 'StoreError' } })
      await until('hints end', () => hints.closed)
    }
  })
})

describe.runIf(natsServerIsInstalled)('a wall clock that is set', { timeout: 60_000 }, () => {
  const here = onServer()

  const steps = [
    ['back by an hour', -HOUR],
    ['ahead by an hour', HOUR],
    ['back by 60 days', -60 * 24 * HOUR],
    ['ahead by 60 days', 60 * 24 * HOUR],
  ] as const

  test.each(casesOf(steps, steps.slice(2)))(
    '%s changes nothing: connections come back, leases hold and end',
    async (_, step) => {
      await using proxy = await startTcpProxy(here.port)
      const stream = newName()
      const [store, other] = [used(nats({ servers: proxy.url, stream })), used(nats({ servers: here.url, stream }))]
      await store.events.append('a', numbers(1))
      const held = (await store.leases.acquire('held', { owner: 'one', ttl: HOUR / 2 }))!
      await store.leases.acquire('short', { owner: 'one', ttl: 300 })
      proxy.cut()
      await store.positions.load('p')
      const { now } = Date
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + step)
      try {
        proxy.cut()
        await store.events.append('a', numbers(2))
        await store.snapshots.save('s', 1, { offset: 1, state: 'x'.repeat(1_200_000) })
        expect(await store.snapshots.load('s', 1)).toMatchObject({ offset: 1 })
        expect(await other.leases.acquire('held', { owner: 'two', ttl: HOUR })).toBeUndefined()
        await store.leases.renew(held, { ttl: HOUR })
        let next: unknown
        await until('the short one is over', async () => {
          next ??= await other.leases.acquire('short', { owner: 'two', ttl: HOUR })
          return next
        })
        expect(next).toMatchObject({ epoch: 2 })
      } finally {
        clock.mockRestore()
      }
    },
  )
})
