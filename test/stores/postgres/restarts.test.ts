import pg from 'pg'
import { postgres } from 'rx-projection/postgres'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startProcess } from '../../support/startProcess.ts'
import { startHalfOpenProxy } from './support/halfOpenProxy.ts'
import { describeOnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'

const whole = { after: 0, limit: 100 }

describeOnServer('a restart of the server', (on) => {
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
