import pg from 'pg'
import { startProjection, startProjector } from 'rx-projection'
import { type PostgresStore, postgres } from 'rx-projection/postgres'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type PgBouncer, pgBouncerIsInstalled, startPgBouncer } from '../../support/pgBouncer.ts'
import { ledger } from './support/ledger.ts'
import { describeOnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'
import { marks } from './support/schedules/work.ts'

const CONNECTIONS = 2
const WRITERS = 8
const EACH = 5
const HOUR = 3_600_000

describe.runIf(pgBouncerIsInstalled)('with prepared: false', () => {
  describeOnServer('behind a pooler that gives each transaction another connection', (on) => {
    let bouncer: PgBouncer
    beforeAll(async () => {
      bouncer = await startPgBouncer(on.url, CONNECTIONS)
      return () => bouncer[Symbol.asyncDispose]()
    })

    function newStore(schema: string): PostgresStore {
      const store = postgres({ connectionString: bouncer.url, schema, prepared: false })
      onTestFinished(() => store[Symbol.asyncDispose]())
      return store
    }

    /** Who of the server works for the pooler. */
    async function backends(): Promise<number> {
      const { rowCount } = await on.run(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      )
      return rowCount!
    }

    test('many append at once, a projection and a projector follow, all over two connections', async () => {
      const schema = newSchema()
      await on.run('CREATE TABLE pooled (place serial, event bigint)')
      const stores = Array.from({ length: 3 }, () => newStore(schema))
      // Notifications do not come through such a pooler: news are found by looking.
      const common = { store: stores[0]!, catchUpAfter: 20, pageSize: 7, retry: { delay: 1, entropy: 0 } } as const
      const projection = startProjection(marks, common as never)
      const projector = startProjector(ledger('pooled'), common)
      await Promise.all(
        Array.from({ length: WRITERS }, async (_, writer) => {
          for (let number = 0; number < EACH; number++) {
            const { events } = stores[(writer + number) % stores.length]!
            await events.append(`s${writer % 3}`, [{ type: 'Marked', payload: `${writer}/${number}` }])
          }
        }),
      )
      expect(await backends()).toBeLessThanOrEqual(CONNECTIONS)
      const { events } = await stores[1]!.events.read({ after: 0, limit: 100 })
      const ids = events.map(({ id }) => id)
      expect(ids).toHaveLength(WRITERS * EACH)
      await projector.whenProcessed(ids.at(-1)!)
      const state = await projection.state({ atLeast: ids.at(-1)! })
      await Promise.all([projection.stop(), projector.stop()])
      expect(state).toEqual(events.map(({ payload }) => payload))
      const { rows } = await on.run('SELECT event::int FROM pooled ORDER BY place')
      expect(rows.map(({ event }) => event)).toEqual(ids)
    })

    test('an append within a transaction of the application commits with it', async () => {
      const store = newStore(newSchema())
      await store.open()
      const client = new pg.Client(bouncer.url)
      await client.connect()
      onTestFinished(() => client.end())
      for (const end of ['ROLLBACK', 'COMMIT']) {
        await client.query('BEGIN')
        await store.events.appendWithin(client, 'a', [{ type: 'A', payload: end }])
        await client.query(end)
      }
      expect((await store.events.read({ after: 0, limit: 9 })).events).toMatchObject([
        { payload: 'COMMIT', revision: 1 },
      ])
    })

    test('a lease is held by one, and leaves the settings of the shared connections as they were', async () => {
      const schema = newSchema()
      const [a, b] = [newStore(schema), newStore(schema)]
      const lease = await a.leases.acquire('one', { owner: 'a', ttl: HOUR })
      expect(lease).toMatchObject({ epoch: 1 })
      expect(await b.leases.acquire('one', { owner: 'b', ttl: HOUR })).toBeUndefined()
      await a.leases.renew(lease!, { ttl: HOUR })
      await a.leases.release(lease!)
      expect(await b.leases.acquire('one', { owner: 'b', ttl: HOUR })).toMatchObject({ epoch: 2 })

      const clients = await Promise.all(
        Array.from({ length: CONNECTIONS }, async () => {
          const client = new pg.Client(bouncer.url)
          await client.connect()
          onTestFinished(() => client.end())
          await client.query('BEGIN')
          return client
        }),
      )
      for (const client of clients) {
        expect((await client.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '0' }])
        await client.query('COMMIT')
      }
    })
  })
})
