import pg from 'pg'
import { defineProjector, type EventType, startProjector } from 'rx-projection'
import { fromTable, type PostgresContext, type PostgresStore, postgres } from 'rx-projection/postgres'
import { expect, onTestFinished, test } from 'vitest'
import { ledger } from './support/ledger.ts'
import { describeOnServer } from './support/onServer.ts'
import { follow } from './support/tables.ts'

const WRITERS = 8
const EACH = 12
const TIMEOUT = 30_000
const HOUR = 3_600_000
const event = { type: 'A', payload: 1 }

let databases = 0

for (const isolation of ['repeatable read', 'serializable']) {
  describeOnServer(`where transactions are ${isolation} by default`, (on) => {
    async function newDatabase(): Promise<string> {
      const name = `${on.database}_${++databases}`
      await on.run(`CREATE DATABASE ${name}`)
      await on.run(`ALTER DATABASE ${name} SET default_transaction_isolation = '${isolation}'`)
      const url = new URL(on.url)
      url.pathname = `/${name}`
      return url.href
    }

    function open(url: string): PostgresStore {
      const store = postgres({ connectionString: url })
      onTestFinished(() => store[Symbol.asyncDispose]())
      return store
    }

    test('stores that are opened by many at once make their tables once', async () => {
      const url = await newDatabase()
      const stores = Array.from({ length: WRITERS }, () => open(url))
      await Promise.all(stores.map((store) => store.open()))
      expect(await stores[0]!.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
    })

    test('many append to one stream and to their own, and all of it is read and handled once', {
      timeout: TIMEOUT,
    }, async () => {
      const url = await newDatabase()
      const stores = Array.from({ length: WRITERS }, () => open(url))
      await Promise.all(stores.map((store) => store.open()))
      const client = new pg.Client(url)
      await client.connect()
      onTestFinished(() => client.end())
      await client.query('CREATE TABLE handled (event bigint UNIQUE)')
      const follower = follow(stores[0]!.events)
      const errors: unknown[] = []
      const projector = startProjector(ledger('handled'), {
        store: stores[1]!,
        exclusive: true,
        onError: (error) => void errors.push(error),
      })
      await Promise.all(
        stores.map(async (store, writer) => {
          for (let number = 0; number < EACH; number++) {
            await store.events.append('shared', [event])
            await store.events.append(`own ${writer}`, [event, event])
            await store.positions.save('shared', number)
            await store.snapshots.save('shared', 1, { offset: number, state: writer })
          }
        }),
      )
      const events = 3 * EACH * WRITERS
      const page = await stores[2]!.events.read({ after: 0, limit: 1_000 })
      expect(page.events).toHaveLength(events)
      const shared = page.events.filter(({ stream }) => stream === 'shared')
      expect(shared.map(({ revision }) => revision)).toEqual(shared.map((_, index) => index + 1))
      const ids = page.events.map(({ id }) => id)
      await follower.has(...ids)
      await projector.whenProcessed(ids.at(-1)!, { timeout: TIMEOUT })
      await projector.stop()
      expect(errors).toEqual([])
      expect(
        (await client.query('SELECT event::int FROM handled ORDER BY event')).rows.map((row) => row.event),
      ).toEqual(ids)
    })

    test('leases go from one to the other', async () => {
      const url = await newDatabase()
      const stores = Array.from({ length: 4 }, () => open(url))
      await Promise.all(stores.map((store) => store.open()))
      for (let epoch = 1; epoch <= 5; epoch++) {
        const leases = await Promise.all(
          stores.map((store, owner) => store.leases.acquire('one', { owner: `${owner}`, ttl: HOUR })),
        )
        const [lease] = leases.filter((each) => each !== undefined)
        expect(lease).toMatchObject({ epoch })
        const holder = stores[leases.indexOf(lease)]!
        await Promise.all([
          holder.leases.renew(lease!, { ttl: HOUR }),
          holder.positions.save('p', epoch, { lease: lease! }),
        ])
        await holder.leases.release(lease!)
      }
    })

    test('a handler may ask for another isolation', async () => {
      const store = open(await newDatabase())
      const { position } = await store.events.append('a', [event])
      const levels: unknown[] = []
      const run = (name: string, first: string) =>
        startProjector(
          defineProjector<EventType, PostgresContext>({
            name,
            process: async (_event, { client }) => {
              await client.query(first)
              levels.push((await client.query('SHOW transaction_isolation')).rows[0])
            },
          }),
          { store },
        )
      for (const first of ['SELECT 1', 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE']) {
        const projector = run(first.slice(0, 6).trim(), first)
        await projector.whenProcessed(position)
        await projector.stop()
      }
      expect(levels).toEqual([{ transaction_isolation: 'read committed' }, { transaction_isolation: 'serializable' }])
    })

    test('a transaction of the application meets the conflict itself, and can begin again', async () => {
      const url = await newDatabase()
      const store = open(url)
      await store.events.append('a', [event])
      const client = new pg.Client(url)
      await client.connect()
      onTestFinished(() => client.end())
      await client.query('BEGIN')
      await client.query('SELECT count(*) FROM projection.events')
      await store.events.append('a', [event])
      await expect(store.events.appendWithin(client, 'a', [event])).rejects.toMatchObject({ code: '40001' })
      await client.query('ROLLBACK')
      await client.query('BEGIN')
      expect(await store.events.appendWithin(client, 'a', [event])).toMatchObject({ revision: 3 })
      await client.query('COMMIT')
      expect((await store.events.read({ after: 0, limit: 9 })).events).toHaveLength(3)
    })

    test('a table of the application is read by the rule', { timeout: TIMEOUT }, async () => {
      const url = await newDatabase()
      const clients = await Promise.all(
        Array.from({ length: WRITERS }, async () => {
          const client = new pg.Client(url)
          await client.connect()
          onTestFinished(() => client.end())
          return client
        }),
      )
      await clients[0]!.query('CREATE TABLE notes (id bigserial PRIMARY KEY, about text, body jsonb)')
      const store = postgres({
        connectionString: url,
        events: fromTable({
          table: 'notes',
          columns: { id: 'id', stream: 'about', type: { constant: 'Noted' }, payload: 'body' },
          pollEvery: 5,
        }),
      })
      onTestFinished(() => store[Symbol.asyncDispose]())
      const follower = follow(store.events)
      await Promise.all(
        clients.map(async (client, writer) => {
          for (let number = 0; number < EACH; number++) {
            await client.query('BEGIN')
            await client.query('INSERT INTO notes (about, body) VALUES ($1, $2)', [`${writer}`, number])
            await client.query((writer + number) % 4 === 0 ? 'ROLLBACK' : 'COMMIT')
          }
        }),
      )
      const { rows } = await clients[0]!.query('SELECT id::int FROM notes ORDER BY id')
      await follower.has(...rows.map(({ id }) => id))
    })
  })
}
