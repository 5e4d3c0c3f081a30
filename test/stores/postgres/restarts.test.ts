import { type AddressInfo, createConnection, createServer } from 'node:net'
import pg from 'pg'
import { postgres } from 'rx-projection/postgres'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startProcess } from '../../support/startProcess.ts'
import { startHalfOpenProxy } from './support/halfOpenProxy.ts'
import { describeOnOwnServer, describeOnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'

const whole = { after: 0, limit: 100 }

describeOnOwnServer('a restart of the server', (on) => {
  const mark = (payload: string) => [{ type: 'Marked', payload }]

  test('does not end a process whose pool nobody listens to, and its projection goes on', async () => {
    const schema = newSchema()
    await using store = postgres({ connectionString: on.url, schema })
    await store.events.append('a', mark('before'))
    const child = startProcess(new URL('support/pooledProcess.ts', import.meta.url), on.url, schema)
    await child.says('before')
    await on.server.crashAndRestart()
    await expect
      .poll(() => store.events.append('a', mark('after')).catch(() => undefined), { timeout: 10_000 })
      .toBeDefined()
    await child.says('before,after')
    await on.server.crashAndRestart()
    child.tell('close')
    await child.says('closed')
    await child.stops()
  })

  test('is said by reconnects$, once for each, and not before there is a connection again', async () => {
    await using store = postgres({ connectionString: on.url, schema: newSchema(), random: () => 0 })
    const again = vi.fn()
    store.events.reconnects$.subscribe(again)
    store.events.hints$.subscribe()
    await store.events.append('a', mark('before'))
    for (let restarts = 1; restarts <= 2; restarts++) {
      await on.server.stop()
      await expect.poll(() => store.events.read(whole).catch(() => 'no server')).toBe('no server')
      expect(again).toHaveBeenCalledTimes(restarts - 1)
      await on.server.start()
      await expect.poll(() => store.events.read(whole).catch(() => undefined)).toMatchObject({ through: 1 })
      await expect.poll(() => again.mock.calls.length).toBe(restarts)
    }
  })

  test('is said by reconnects$ of a store that nobody takes hints of, before a page of the new server is there', async () => {
    await using store = postgres({ connectionString: on.url, schema: newSchema() })
    await store.events.append('a', mark('before'))
    const heard: string[] = []
    store.events.reconnects$.subscribe(() => void heard.push('again'))
    await on.server.crashAndRestart()
    await expect
      .poll(async () => {
        const page = await store.events.read(whole).catch(() => undefined)
        if (page !== undefined) heard.push('page')
        return page
      })
      .toBeDefined()
    expect(heard).toEqual(['again', 'page'])
  })

  test('leaves the pool of the application as it was when the store is closed', async () => {
    const pool = new pg.Pool({ connectionString: on.url })
    onTestFinished(() => pool.end())
    const stores = Array.from({ length: 12 }, () => postgres({ pool, schema: newSchema() }))
    const warned = vi.fn()
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    for (const store of stores) expect(await store.positions.load('p')).toBe(0)
    // Node warns where more than ten listen.
    expect([pool.listenerCount('error'), pool.listenerCount('connect')]).toEqual([1, 1])
    await new Promise((resolve) => setImmediate(resolve))
    expect(warned).not.toHaveBeenCalled()
    for (const store of stores) {
      expect(pool.listenerCount('error')).toBe(1)
      await store[Symbol.asyncDispose]()
    }
    expect([pool.listenerCount('error'), pool.listenerCount('connect')]).toEqual([0, 0])
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })
})

/** What a server says to a connection that it ends. */
const SHUT_DOWN = message('E', 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0')
const READY = message('Z', 'I')

function message(kind: string, text: string): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeInt32BE(4 + text.length, 1)
  return Buffer.concat([head, Buffer.from(text)])
}

/** A proxy whose first connections are shut down in the same packet that says that they are ready. */
async function shuttingDown(url: string, connections: number): Promise<string> {
  const { hostname, port } = new URL(url)
  let left = connections
  const server = createServer((client) => {
    const upstream = createConnection({ port: Number(port), host: hostname })
    const shuts = left-- > 0
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => undefined)
      socket.on('close', () => other.destroy())
    }
    client.on('data', (data) => upstream.write(data))
    upstream.on('data', (data) => {
      if (shuts && data.subarray(-READY.length).equals(READY)) client.end(Buffer.concat([data, SHUT_DOWN]))
      else client.write(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const own = new URL(url)
  own.port = String((server.address() as AddressInfo).port)
  return own.href
}

describeOnServer('a connection that is shut down as soon as it is ready', (on) => {
  test('fails what it was made for, and ends no process', async () => {
    const uncaught = vi.fn()
    process.on('uncaughtException', uncaught)
    onTestFinished(() => void process.off('uncaughtException', uncaught))
    await using store = postgres({ connectionString: await shuttingDown(on.url, 3), schema: newSchema() })
    for (const call of [
      () => store.open(),
      () => store.events.read(whole),
      async () => store.transactions.run(() => undefined),
    ]) {
      const error = await call().then(
        () => 'it worked',
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toHaveProperty('retryable', false)
    }
    expect((await store.events.read(whole)).head).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(uncaught).not.toHaveBeenCalled()
  })
})

describeOnServer('a pool of the application', (on) => {
  test('gets no connection back on which a question may still be open', async () => {
    const schema = newSchema()
    const pool = new pg.Pool({ connectionString: on.url, max: 1, query_timeout: 100 })
    onTestFinished(() => pool.end())
    await using store = postgres({ pool, schema })
    await store.open()
    const blocker = await on.connect()
    await blocker.query('BEGIN')
    await blocker.query(`LOCK TABLE "${schema.replaceAll('"', '""')}".positions`)
    await expect(store.positions.save('p', 1)).rejects.toThrow('Query read timeout')
    // On the connection that it was asked on, this would wait for that lock, too.
    expect(await store.snapshots.load('p', 1)).toBeUndefined()
    await blocker.query('COMMIT')
  })
})

describeOnServer('connections that fell silent', (on) => {
  test('do not keep a process from its end, when its store is closed', async () => {
    const proxy = await startHalfOpenProxy(on.url)
    const child = startProcess(new URL('support/closingProcess.ts', import.meta.url), proxy.url, newSchema())
    await child.says('open')
    proxy.silence()
    child.tell('close')
    await child.says('closed')
    await child.stops()
  })
})
