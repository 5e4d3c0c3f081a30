import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { type RunHandle, type Status, startProjection, startProjector } from 'rx-projection'
import { type PostgresStore, postgres } from 'rx-projection/postgres'
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ledger } from './support/ledger.ts'
import { describeOnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'
import { marks } from './support/schedules/work.ts'

const closedError = { name: 'StoreError', retryable: false, message: expect.stringMatching(/the store is closed$/) }

function facts(open: () => PostgresStore): void {
  test('fails every call with a StoreError, and completes its hints', async () => {
    const store = open()
    const lease = (await store.leases.acquire('held', { owner: 'a', ttl: 60_000 }))!
    const completed = vi.fn()
    for (const each$ of [store.events.hints$, store.events.reconnects$, store.leases.hints$!]) {
      each$.subscribe({ complete: completed })
    }
    await store[Symbol.asyncDispose]()
    expect(completed).toHaveBeenCalledTimes(3)
    const calls: readonly (() => unknown)[] = [
      () => store.events.read({ after: 0, limit: 1 }),
      () => store.events.append('a', [{ type: 'A', payload: 1 }]),
      () => store.events.appendWithin({ query: async () => ({ rows: [] }) }, 'a', [{ type: 'A', payload: 1 }]),
      () => store.snapshots.load('p', 1),
      () => store.snapshots.save('p', 1, { offset: 1, state: 1 }),
      () => store.snapshots.delete('p', 1),
      () => store.positions.load('p'),
      () => store.positions.save('p', 1),
      () => store.transactions.run(() => undefined),
      () => store.leases.acquire('p', { owner: 'a', ttl: 60_000 }),
      () => store.leases.renew(lease, { ttl: 60_000 }),
      () => store.leases.release(lease),
      () => store.open(),
    ]
    for (const call of calls) {
      await expect(Promise.resolve().then(call), String(call)).rejects.toMatchObject(closedError)
    }
    for (const each$ of [store.events.hints$, store.events.reconnects$, store.leases.hints$!]) {
      each$.subscribe({ complete: completed })
    }
    expect(completed).toHaveBeenCalledTimes(6)
    await store[Symbol.asyncDispose]()
  })

  test('ends its runs with that error, also those that wait for a lease', async () => {
    const store = open()
    const exclusive = { store: store as never, instance: 'exclusive', exclusive: true } as const
    const runs: RunHandle[] = []
    const statuses: Status[] = []
    const watch = <R extends RunHandle>(run: R): R => {
      const index = runs.push(run) - 1
      run.status$.subscribe((status) => {
        statuses[index] = status
      })
      const values$: Observable<unknown> = 'state$' in run ? (run.state$ as Observable<unknown>) : run.position$
      values$.subscribe({ error: () => undefined })
      return run
    }
    await watch(startProjection(marks, { store: store as never })).whenCaughtUp()
    await watch(startProjector(ledger('never_used'), { store })).whenCaughtUp()
    await watch(startProjection(marks, exclusive)).whenCaughtUp()
    const standby = watch(startProjection(marks, exclusive))
    await firstValueFrom(standby.telemetry$.pipe(filter(({ type }) => type === 'lease.standby')))
    await store[Symbol.asyncDispose]()
    await expect.poll(() => statuses).toEqual(runs.map(() => 'faulted'))
    for (const run of runs) await expect(run.whenCaughtUp()).rejects.toMatchObject(closedError)
  })
}

describeOnServer('a store on a server that is closed', (on) => {
  facts(() => {
    const store = postgres({ connectionString: on.url, schema: newSchema() })
    onTestFinished(() => store[Symbol.asyncDispose]())
    return store
  })

  test('fails what waits for a connection', async () => {
    const pool = new pg.Pool({ connectionString: on.url, max: 1 })
    onTestFinished(() => pool.end())
    const store = postgres({ pool, schema: newSchema() })
    await store.open()
    const { promise: end, resolve } = Promise.withResolvers<void>()
    const held = store.transactions.run(({ context: { client } }) => client.query('SELECT 1').then(() => end))
    await expect
      .poll(async () => (await on.run(`SELECT FROM pg_stat_activity WHERE state = 'idle in transaction'`)).rowCount)
      .toBe(1)
    const waiting = [
      expect(store.positions.load('p')).rejects.toMatchObject(closedError),
      expect(store.transactions.run(({ positions }) => positions.load('p'))).rejects.toMatchObject(closedError),
    ]
    const closing = store[Symbol.asyncDispose]()
    await Promise.all(waiting)
    resolve()
    await Promise.all([closing, held])
  })
})

describe('a store on PGlite that is closed', () => {
  let db: PGlite
  beforeAll(async () => {
    db = await PGlite.create()
  }, 180_000)
  afterAll(() => db?.close())

  facts(() => {
    const store = postgres({ pool: db, schema: newSchema() })
    onTestFinished(() => store[Symbol.asyncDispose]())
    return store
  })
})
