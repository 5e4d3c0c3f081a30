import { type Lease, LeaseLostError } from 'rx-projection'
import { type PostgresStore, postgres } from 'rx-projection/postgres'
import { firstValueFrom } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import { VirtualTime } from '../../runtime/support/VirtualTime.ts'
import { describeOnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'
import { startProxy } from './support/proxy.ts'

const HOUR = 3_600_000

describeOnServer('leases', (on) => {
  const schema = newSchema()

  function newStore(): PostgresStore {
    const store = postgres({ connectionString: on.url, schema })
    onTestFinished(() => store[Symbol.asyncDispose]())
    return store
  }

  /** The holder's connection, cut as it is when its process dies. */
  async function cut(): Promise<void> {
    await on.run(`SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database ON pg_database.oid = database
      WHERE locktype = 'advisory' AND datname = current_database()`)
  }

  test('are held by one at a time, also within one store, each with a higher epoch', async () => {
    const [a, b] = [newStore(), newStore()]
    const lease = await a.leases.acquire('one', { owner: 'a', ttl: HOUR })
    expect(lease).toMatchObject({ name: 'one', owner: 'a', epoch: 1 })
    expect(await b.leases.acquire('one', { owner: 'b', ttl: HOUR })).toBeUndefined()
    expect(await a.leases.acquire('one', { owner: 'a again', ttl: HOUR })).toBeUndefined()
    expect(await b.leases.acquire('other', { owner: 'b', ttl: HOUR })).toMatchObject({ epoch: 1 })
    await a.leases.release(lease!)
    expect(await b.leases.acquire('one', { owner: 'b', ttl: HOUR })).toMatchObject({ owner: 'b', epoch: 2 })
  })

  test('of many who ask at once, one gets it', async () => {
    const stores = Array.from({ length: 6 }, newStore)
    const leases = await Promise.all(
      stores.map(({ leases }, n) => leases.acquire('race', { owner: `${n}`, ttl: HOUR })),
    )
    expect(leases.filter((lease) => lease !== undefined)).toMatchObject([{ epoch: 1 }])
  })

  test('of one store that are asked for at once are asked for one by one: pg has nothing to warn of', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error): void => void warnings.push(warning)
    process.on('warning', warned)
    onTestFinished(() => void process.off('warning', warned))
    const store = newStore()
    const names = ['p', 'q', 'r', 's']
    const leases = await Promise.all(names.map((name) => store.leases.acquire(name, { owner: 'a', ttl: HOUR })))
    expect(leases).toMatchObject(names.map((name) => ({ name, epoch: 1 })))
    await Promise.all(leases.map((lease) => store.leases.renew(lease!, { ttl: HOUR })))
    // Warnings are emitted in a turn of their own.
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings).toEqual([])
  })

  test('a release is hinted at', async () => {
    const [a, b] = [newStore(), newStore()]
    const lease = await a.leases.acquire('hinted', { owner: 'a', ttl: HOUR })
    const free = new Promise<Lease>((resolve) => {
      const taking = b.leases.hints$!.subscribe(async () => {
        const taken = await b.leases.acquire('hinted', { owner: 'b', ttl: HOUR })
        if (taken !== undefined) resolve(taken)
      })
      onTestFinished(() => taking.unsubscribe())
    })
    await a.leases.release(lease!)
    expect(await free).toMatchObject({ owner: 'b', epoch: 2 })
  })

  test('one whose holder died is free at once, whatever its time', async () => {
    const [a, b] = [newStore(), newStore()]
    const lease = await a.leases.acquire('died', { owner: 'a', ttl: HOUR })
    const lost = firstValueFrom(lease!.lost$!)
    await cut()
    expect(await lost).toBeInstanceOf(Error)
    expect(await b.leases.acquire('died', { owner: 'b', ttl: HOUR })).toMatchObject({ epoch: 2 })
    await expect(a.leases.renew(lease!, { ttl: HOUR })).rejects.toThrow(LeaseLostError)
    // Letting go of what is lost harms nobody.
    await a.leases.release(lease!)
    expect(await a.leases.acquire('died', { owner: 'a', ttl: HOUR })).toBeUndefined()
  })

  test('one whose holder stands still is free after its time', async () => {
    const [a, b] = [newStore(), newStore()]
    const lease = await a.leases.acquire('still', { owner: 'a', ttl: 1 })
    await on.run('SELECT pg_sleep(0.01)')
    const taken = await b.leases.acquire('still', { owner: 'b', ttl: HOUR })
    expect(taken).toMatchObject({ epoch: 2 })
    await expect(a.leases.renew(lease!, { ttl: HOUR })).rejects.toThrow(LeaseLostError)
    await b.leases.renew(taken!, { ttl: HOUR })
  })

  test('a renewal keeps it', async () => {
    const [a, b] = [newStore(), newStore()]
    const lease = await a.leases.acquire('kept', { owner: 'a', ttl: 1 })
    await a.leases.renew(lease!, { ttl: HOUR })
    await on.run('SELECT pg_sleep(0.01)')
    expect(await b.leases.acquire('kept', { owner: 'b', ttl: HOUR })).toBeUndefined()
  })

  test('who lost one saves no position and no snapshot under it, in a transaction or not', async () => {
    const [a, b] = [newStore(), newStore()]
    const lease = (await a.leases.acquire('zombie', { owner: 'a', ttl: 1 }))!
    await a.positions.save('p', 1, { expected: 0, lease })
    await a.snapshots.save('p', 1, { offset: 1, state: 1 }, { lease })
    await on.run('SELECT pg_sleep(0.01)')
    await b.leases.acquire('zombie', { owner: 'b', ttl: HOUR })
    const saves: readonly (() => unknown)[] = [
      () => a.positions.save('p', 2, { lease }),
      () => a.positions.save('p', 2, { expected: 1, lease }),
      () => a.snapshots.save('p', 1, { offset: 2, state: 2 }, { lease }),
      () => a.transactions.run(({ positions }) => positions.save('p', 2, { expected: 1, lease })),
    ]
    for (const save of saves) await expect(save()).rejects.toMatchObject({ name: 'LeaseLostError', epoch: 1 })
    expect(await b.positions.load('p')).toBe(1)
    expect(await b.snapshots.load('p', 1)).toEqual({ offset: 1, state: 1 })
  })

  test('a takeover waits for a commit under the lease that is on its way', async () => {
    const [a, b] = [newStore(), newStore()]
    const lease = (await a.leases.acquire('busy', { owner: 'a', ttl: 1 }))!
    let taking: unknown
    await a.transactions.run(async ({ positions }) => {
      await positions.save('q', 7, { lease })
      taking = b.leases.acquire('busy', { owner: 'b', ttl: HOUR })
      // The takeover has begun when it waits for the row.
      await expect
        .poll(async () => (await on.run(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).rowCount)
        .toBeGreaterThan(0)
      expect(await b.positions.load('q')).toBe(0)
    })
    expect(await taking).toMatchObject({ epoch: 2 })
    expect(await b.positions.load('q')).toBe(7)
  })

  test('a takeover gives up where a commit under the lease takes too long', async () => {
    const [a, b] = [newStore(), newStore()]
    const lease = (await a.leases.acquire('long', { owner: 'a', ttl: 1 }))!
    await a.transactions.run(async ({ positions }) => {
      await positions.save('r', 7, { lease })
      expect(await b.leases.acquire('long', { owner: 'b', ttl: HOUR })).toBeUndefined()
    })
    expect(await b.leases.acquire('long', { owner: 'b', ttl: HOUR })).toMatchObject({ epoch: 2 })
  })

  test('one that is held is only looked at by who wants it', async () => {
    const [a, b] = [newStore(), newStore()]
    await a.leases.acquire('alone', { owner: 'a', ttl: HOUR })
    const table = `"${schema.replaceAll('"', '""')}".leases`
    const row = async () => (await on.run(`SELECT xmin, xmax, epoch FROM ${table} WHERE name = 'alone'`)).rows[0]
    const before = await row()
    expect(await b.leases.acquire('alone', { owner: 'b', ttl: HOUR })).toBeUndefined()
    // A lock on the row would stand in its xmax, and wait for the holder's commits.
    expect(await row()).toEqual(before)
  })

  test('a session that does not answer any more is given up, and the next one takes leases', async () => {
    const time = new VirtualTime()
    let hangs = false
    const proxy = await startProxy(on.url, () => (hangs ? new Promise<never>(() => undefined) : 'pass'))
    onTestFinished(() => proxy.close())
    const a = postgres({ connectionString: proxy.url, schema, scheduler: time })
    onTestFinished(() => a[Symbol.asyncDispose]())
    const lease = (await a.leases.acquire('hung', { owner: 'a', ttl: 10_000 }))!
    const lost = firstValueFrom(lease.lost$!)
    hangs = true
    const { statements } = proxy
    const refused = expect(a.leases.renew(lease, { ttl: 10_000 })).rejects.toThrow()
    await expect.poll(() => proxy.statements).toBe(statements + 1)
    await time.passTo(9_999)
    hangs = false
    await time.passTo(10_000)
    await refused
    expect(await lost).toBeInstanceOf(Error)
    await expect.poll(() => a.leases.acquire('hung', { owner: 'a', ttl: HOUR })).toMatchObject({ owner: 'a', epoch: 2 })
  })

  test('do not keep their store from closing when their connection breaks just then', async () => {
    let closing = false
    const proxy = await startProxy(on.url, () => (closing ? 'cut before' : 'pass'))
    onTestFinished(() => proxy.close())
    const store = postgres({ connectionString: proxy.url, schema })
    await store.leases.acquire('closing', { owner: 'a', ttl: HOUR })
    closing = true
    await store[Symbol.asyncDispose]()
    await using other = postgres({ connectionString: on.url, schema })
    expect(await other.leases.acquire('closing', { owner: 'b', ttl: HOUR })).toMatchObject({ epoch: 2 })
  })

  test('end with their store', async () => {
    const [a, b] = [newStore(), newStore()]
    await a.leases.acquire('closed', { owner: 'a', ttl: HOUR })
    await a[Symbol.asyncDispose]()
    await expect
      .poll(() => b.leases.acquire('closed', { owner: 'b', ttl: HOUR }))
      .toMatchObject({ owner: 'b', epoch: 2 })
  })
})
