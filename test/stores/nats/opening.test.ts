import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { defineProjection, openStore, StoreError, startProjection } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { natsServerIsInstalled, startNatsServer } from '../../support/natsServer.ts'
import { newName, numbers, onServer, until, used } from './support/onServer.ts'

interface Numbered {
  readonly type: 'Numbered'
  readonly payload: number
}

const count = defineProjection<number, Numbered>({
  name: 'count',
  initialState: () => 0,
  on: { Numbered: (state) => state + 1 },
})

describe.runIf(natsServerIsInstalled)('credentials of a NATS server', { timeout: 20_000 }, () => {
  test('stand in the URL, and in no message', async () => {
    await using server = await startNatsServer(['--user', 'ann', '--pass', 's3cret/@'])
    const host = `127.0.0.1:${server.port}`
    const store = used(await openStore(`nats://ann:s3cret%2F%40@${host}/bank`))
    expect(await store.events.append('a', numbers(1))).toEqual({ position: 1, revision: 1 })
    for (const login of ['ann:wrong@', 'bob@', '']) {
      const refused = nats({ servers: `nats://${login}${host}`, stream: 'bank' })
      const error = await Promise.resolve(refused.positions.load('a')).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(StoreError)
      expect((error as StoreError).retryable).toBe(false)
      expect((error as StoreError).store).toBe(`nats://${host}/bank`)
      await refused[Symbol.asyncDispose]()
      await expect(openStore(`nats://${login}${host}/bank`)).rejects.toMatchObject({ name: 'StoreError' })
    }
  })

  test('do not matter where no server answers: openStore says so at once', async () => {
    await expect(openStore('nats://127.0.0.1:1/bank')).rejects.toThrow(/refused/i)
  })
})

describe('the clients of NATS', () => {
  afterEach(() => {
    vi.doUnmock('@nats-io/kv')
    vi.resetModules()
  })

  test('that are not installed are asked for by a StoreError', async () => {
    vi.doMock('@nats-io/kv', () => {
      throw new Error('Cannot find package')
    })
    vi.resetModules()
    const { nats: natsWithout } = await import('rx-projection/nats')
    const store = natsWithout({ servers: 'nats://127.0.0.1:1', stream: 'bank' })
    const error = await Promise.resolve(store.positions.load('a')).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'StoreError', retryable: false })
    expect((error as Error).message).toContain('npm install @nats-io/transport-node')
    await expect(store.open()).rejects.toMatchObject({ name: 'StoreError', retryable: false })
  })
})

describe.runIf(natsServerIsInstalled)('workers on one JetStream stream', { timeout: 20_000 }, () => {
  const here = onServer()

  test('take over from one whose process dies', async () => {
    const stream = newName()
    const writer = used(nats({ servers: here.url, stream }))
    const open = () => nats<Numbered>({ servers: here.url, stream })
    const [first, second] = [used(open()), used(open())]
    const retry = { delay: 20, entropy: 0 }
    const one = startProjection(count, { store: first, retry, snapshotEvery: 1, exclusive: { owner: 'one', ttl: 400 } })
    const ends: unknown[] = []
    one.state$.subscribe({ error: (error: unknown) => ends.push(error) })
    await writer.events.append('a', numbers(1, 2))
    await until('the first one works', () => one.current?.state === 2)
    await using two = startProjection(count, { store: second, retry, exclusive: { owner: 'two', ttl: 400 } })
    // Its process dies: nothing is given back.
    await first[Symbol.asyncDispose]()
    await writer.events.append('a', numbers(3))
    await until('the second one works', () => two.current?.state === 3)
    await until('the first one has ended', () => ends.length > 0)
    expect(ends).toEqual([expect.any(StoreError)])
  })

  test('are shown by the example', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      '--conditions=rx-projection-source',
      'examples/nats-orders/main.ts',
      here.url,
    ])
    expect(stderr).toBe('')
    expect(stdout.match(/{ position: 3, revision: 3 }/g)).toHaveLength(2)
    expect(stdout).toContain('stream "order-1" is at revision 4, not at the expected 3')
    expect(stdout).toContain('sales { orders: 2, cents: { tea: 450, cake: 380, jam: 290 } }')
    expect(stdout).toMatch(/worker 2 stands by\n\s*worker 1: stopped\n\s*worker 2: catching-up\n\s*worker 2: live/)
  })
})
