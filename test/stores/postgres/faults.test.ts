import { SnapshotAheadError, StoreError } from 'rx-projection'
import { fromTable, postgres } from 'rx-projection/postgres'
import { VirtualTimeScheduler } from 'rxjs'
import { expect, onTestFinished, test, vi } from 'vitest'
import { describeOnServer } from './support/onServer.ts'
import { columns, follow, newTable, tableStore } from './support/tables.ts'

const whole = { after: 0, limit: 100 }

describeOnServer('a table that breaks what its readers rely on', (on) => {
  test('a row that turns up in a hole that was passed is a fault, and stays one', async () => {
    const table = await newTable(on)
    const scheduler = new VirtualTimeScheduler()
    const { events, [Symbol.asyncDispose]: close } = postgres({
      connectionString: on.url,
      events: fromTable({ table, columns }),
      scheduler,
    })
    onTestFinished(close)
    const client = await on.connect()
    await client.query('BEGIN')
    await client.query(`INSERT INTO ${table} DEFAULT VALUES`)
    await client.query('ROLLBACK')
    await client.query(`INSERT INTO ${table} DEFAULT VALUES`)
    expect((await events.read(whole)).through).toBe(2)
    await client.query(`INSERT INTO ${table} (nr) VALUES (1)`)
    scheduler.frame = 1_000
    for (let times = 0; times < 2; times++) {
      const error: StoreError = await events.read({ after: 2, limit: 1 }).then(
        () => expect.fail('the row was not noticed'),
        (reason) => reason,
      )
      expect(error).toBeInstanceOf(StoreError)
      expect(error.message).toMatch(new RegExp(`event 1 of public.${table} has turned up in a hole`))
      expect(error.retryable).toBe(false)
    }
  })

  test('an id above what the sequence has given is a fault', async () => {
    const table = await newTable(on)
    await on.run(`INSERT INTO ${table} (nr) VALUES (1000)`)
    const { events } = tableStore(on, table)
    await expect(events.read(whole)).rejects.toThrow(
      /has an id 1000, but its sequence .* stands at 1: ids were given by hand/,
    )
  })

  test('a table that was emptied is ahead of its log to who has read it', async () => {
    const table = await newTable(on)
    await on.run(`INSERT INTO ${table} (about) SELECT 'a' FROM generate_series(1, 5)`)
    const store = tableStore(on, table)
    expect((await store.events.read(whole)).through).toBe(5)
    await on.run(`TRUNCATE ${table} RESTART IDENTITY`)
    expect(await store.events.read({ after: 5, limit: 1 })).toEqual({ events: [], through: 5, head: 0 })
  })

  test('a follower of a table that was emptied ends with a SnapshotAheadError', async () => {
    const table = await newTable(on)
    await on.run(`INSERT INTO ${table} (about) SELECT 'a' FROM generate_series(1, 5)`)
    const store = tableStore(on, table, { pollEvery: 5 })
    const following = follow(store.events)
    await following.has(1, 2, 3, 4, 5)
    await on.run(`TRUNCATE ${table} RESTART IDENTITY`)
    await vi.waitFor(() => expect(following.error).toBeInstanceOf(SnapshotAheadError), 5_000)
  })

  test('what was proven of a table does not hold for what it is filled with after it was emptied', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await quick.query('BEGIN')
    await quick.query(`INSERT INTO ${table} DEFAULT VALUES`)
    await quick.query('ROLLBACK')
    await quick.query(`INSERT INTO ${table} (about) SELECT 'a' FROM generate_series(1, 9)`)
    const { events } = tableStore(on, table)
    expect((await events.read(whole)).through).toBe(10)
    await on.run(`TRUNCATE ${table} RESTART IDENTITY`)
    await slow.query('BEGIN')
    await slow.query(`INSERT INTO ${table} DEFAULT VALUES`)
    await quick.query(`INSERT INTO ${table} DEFAULT VALUES`)
    expect(await events.read(whole)).toEqual({ events: [], through: 0, head: 2 })
    expect(await events.read({ ...whole, streams: ['a'] })).toEqual({ events: [], through: 0, head: 2 })
    await slow.query('COMMIT')
    expect((await events.read(whole)).through).toBe(2)
  })

  test('a payload that is no JSON is a fault that names the event', async () => {
    const table = await newTable(
      on,
      `(nr bigserial PRIMARY KEY, about text DEFAULT 'a', what text DEFAULT 'Noted', body text)`,
    )
    await on.run(`INSERT INTO ${table} (body) VALUES ('{"good": 1}'), ('{"cut')`)
    const { events } = tableStore(on, table)
    await expect(events.read(whole)).rejects.toThrow(/the payload of event 2 is no JSON/)
    expect((await events.read({ after: 0, limit: 1 })).events[0]).toMatchObject({ payload: { good: 1 } })
  })
})
