import { postgres } from 'rx-projection/postgres'
import { TestScheduler } from 'rxjs/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { describeOnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'
import { follow, newTable, tableStore } from './support/tables.ts'

const event = { type: 'A', payload: 1 }

const LISTENING = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND state = 'idle'`

describeOnServer('hints', (on) => {
  test('of another store come by a notification, in the transaction of the append', async () => {
    const schema = newSchema()
    await using store = postgres({ connectionString: on.url, schema })
    await using writer = postgres({ connectionString: on.url, schema })
    const follower = follow(store.events)
    for (let number = 1; number <= 5; number++) {
      await writer.events.append('a', [event])
      await follower.has(...Array.from({ length: number }, (_, index) => index + 1))
    }
  })

  test('of a burst share a notification after a rest, which the end of their store cuts short', async () => {
    const schema = newSchema()
    // Its time stands still: a rest would never end.
    const scheduler = new TestScheduler(() => undefined)
    await using store = postgres({ connectionString: on.url, schema })
    const writer = postgres({ connectionString: on.url, schema, scheduler })
    await store.open()
    const follower = follow(store.events)
    await Promise.all(Array.from({ length: 20 }, (_, index) => writer.events.append(`s${index}`, [event])))
    await writer[Symbol.asyncDispose]()
    await follower.has(...Array.from({ length: 20 }, (_, index) => index + 1))
  })

  test('come back after their connection was cut, and nothing that was appended meanwhile is missed', async () => {
    const schema = newSchema()
    const reconnects: unknown[] = []
    await using store = postgres({
      connectionString: on.url,
      schema,
      random: () => 0,
      onReconnect: (error, { attempt }) => reconnects.push([`${error}`, attempt]),
    })
    await store.events.append('a', [event])
    const follower = follow(store.events)
    await follower.has(1)
    const listening = async () => (await on.run(LISTENING)).rows
    await vi.waitFor(async () => expect((await listening()).length).toBe(1), 5_000)
    await on.run(`SELECT pg_terminate_backend(pid) FROM (${LISTENING}) listening`)
    await store.events.append('a', [event])
    await follower.has(1, 2)
    expect(reconnects).toEqual([[expect.stringMatching(/terminat/), 1]])
    await store.events.append('a', [event])
    await follower.has(1, 2, 3)
  })

  test('one connection listens for all who take hints, and ends with the last of them', async () => {
    await using store = postgres({ connectionString: on.url, schema: newSchema() })
    const listening = async () => (await on.run(LISTENING)).rows.length
    const takers = [store.events, store.events, store.leases].map(({ hints$ }) => hints$!.subscribe())
    await vi.waitFor(async () => expect(await listening()).toBe(1), 5_000)
    for (const taker of takers) taker.unsubscribe()
    await vi.waitFor(async () => expect(await listening()).toBe(0), 5_000)
  })

  test('of a table come by the channel that it is given', async () => {
    const table = await newTable(on)
    await on.run(`
      CREATE FUNCTION tell_${table}() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NOTIFY "news of it"; RETURN NULL; END';
      CREATE TRIGGER told AFTER INSERT ON ${table} EXECUTE FUNCTION tell_${table}()`)
    const follower = follow(tableStore(on, table, { channel: 'news of it' }).events)
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      await on.run(`INSERT INTO ${table} DEFAULT VALUES`)
      await follower.has(...expected)
    }
  })

  test('of a table without a channel come by looking at its head', async () => {
    const table = await newTable(on)
    const follower = follow(tableStore(on, table, { pollEvery: 5 }).events)
    for (const expected of [[1], [1, 2]]) {
      await on.run(`INSERT INTO ${table} DEFAULT VALUES`)
      await follower.has(...expected)
    }
  })

  test('a wait for a decision ends with its last follower', async () => {
    const table = await newTable(on)
    const slow = await on.connect()
    await slow.query('BEGIN')
    await slow.query(`INSERT INTO ${table} DEFAULT VALUES`)
    await on.run(`INSERT INTO ${table} DEFAULT VALUES`)
    const { events } = tableStore(on, table)
    let hints = 0
    const taking = events.hints$.subscribe(() => hints++)
    onTestFinished(() => taking.unsubscribe())
    expect((await events.read({ after: 0, limit: 9 })).through).toBe(0)
    taking.unsubscribe()
    await slow.query('COMMIT')
    expect((await events.read({ after: 0, limit: 9 })).through).toBe(2)
    expect(hints).toBe(0)
  })
})
