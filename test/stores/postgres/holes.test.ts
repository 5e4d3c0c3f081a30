import type { LogPage } from 'rx-projection'
import { ensureSequential } from 'rx-projection/operators'
import { expect, test, vi } from 'vitest'
import { describeOnServer } from './support/onServer.ts'
import { follow, newTable, TABLE, tableStore } from './support/tables.ts'

const INSERT = (table: string) => `INSERT INTO ${table} DEFAULT VALUES`

function seen({ events, through, head }: LogPage): unknown {
  return { events: events.map(({ id, previous = id - 1 }) => [previous, id]), through, head }
}

const whole = { after: 0, limit: 100 }

describeOnServer('reading a table beside open transactions', (on) => {
  test('an uncommitted insert holds back what was committed behind it, until it commits', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query(INSERT(table))
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 2 })
    const follower = follow(events)
    await slow.query('COMMIT')
    await follower.has(1, 2)
    expect(follower.events.map(({ previous }) => previous)).toEqual([undefined, undefined])
  })

  test('an uncommitted insert that is rolled back leaves a hole, which is passed and reported once', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query(INSERT(table))
    await quick.query(INSERT(table))
    const { events, holes } = tableStore(on, table)
    const follower = follow(events)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 2 })
    await slow.query('ROLLBACK')
    await follower.has(2)
    expect(seen(await events.read(whole))).toEqual({ events: [[0, 2]], through: 2, head: 2 })
    expect(holes).toEqual([{ from: 1, to: 1 }])
  })

  test('a hole that was left before is passed by the first read', async () => {
    const table = await newTable(on)
    const client = await on.connect()
    await client.query(INSERT(table))
    await client.query('BEGIN')
    await client.query(INSERT(table))
    await client.query('ROLLBACK')
    await client.query(INSERT(table))
    expect(seen(await tableStore(on, table).events.read(whole))).toEqual({
      events: [
        [0, 1],
        [1, 3],
      ],
      through: 3,
      head: 3,
    })
  })

  test('events that were deleted from the front of the log are a hole like any other', async () => {
    const table = await newTable(on)
    await on.run(`INSERT INTO ${table} (about) SELECT 'a' FROM generate_series(1, 10)`)
    await on.run(`DELETE FROM ${table} WHERE nr < 8`)
    const store = tableStore(on, table)
    expect(seen(await store.events.read({ after: 2, limit: 2 }))).toEqual({
      events: [
        [2, 8],
        [8, 9],
      ],
      through: 9,
      head: 10,
    })
    expect(store.holes).toEqual([{ from: 3, to: 7 }])
  })

  test('a savepoint that was rolled back keeps its transaction in the way', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query('SAVEPOINT s')
    await slow.query(INSERT(table))
    await slow.query('ROLLBACK TO s')
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    const follower = follow(events)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 2 })
    await slow.query(INSERT(table))
    await slow.query('COMMIT')
    await follower.has(2, 3)
    expect(follower.events.map(({ previous }) => previous)).toEqual([0, undefined])
  })

  test('COPY is an insert like any other', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query(`COPY ${table} (about) FROM PROGRAM 'echo a; echo b'`)
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    const follower = follow(events)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 3 })
    await slow.query('COMMIT')
    await follower.has(1, 2, 3)
  })

  test('a trigger that draws before its row is written, or writes to the table from another one, is waited for', async () => {
    const table = await newTable(on)
    await on.run(`
      CREATE TABLE orders_of_${table} (id int);
      CREATE FUNCTION note_${table}() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO ${table} (about) VALUES (''order''); RETURN NULL; END';
      CREATE TRIGGER noted AFTER INSERT ON orders_of_${table} FOR EACH ROW EXECUTE FUNCTION note_${table}()`)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query(`INSERT INTO orders_of_${table} VALUES (1)`)
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    const follower = follow(events)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 2 })
    await slow.query('COMMIT')
    await follower.has(1, 2)
  })

  test('an insert into a partition, which locks no other part of the table, is waited for', async () => {
    const table = await newTable(
      on,
      `(nr bigserial, about text NOT NULL DEFAULT 'a', what text DEFAULT 'Noted', body jsonb DEFAULT '{}',
        PRIMARY KEY (nr, about)) PARTITION BY LIST (about)`,
    )
    await on.run(`CREATE TABLE ${table}_a PARTITION OF ${table} FOR VALUES IN ('a');
      CREATE TABLE ${table}_b PARTITION OF ${table} FOR VALUES IN ('b')`)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query(`INSERT INTO ${table}_b (about) VALUES ('b')`)
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    const follower = follow(events)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 2 })
    await slow.query('COMMIT')
    await follower.has(1, 2)
  })

  test('an id that is drawn first, and inserted later in the same transaction, is waited for', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    const drawn = await slow.query(`SELECT nextval(pg_get_serial_sequence('${table}', 'nr')) AS nr`)
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    const follower = follow(events)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 2 })
    await slow.query(`INSERT INTO ${table} (nr) VALUES ($1)`, [drawn.rows[0].nr])
    await slow.query('COMMIT')
    await follower.has(1, 2)
  })

  test('a long reader, and a writer of other tables, hold back nothing', async () => {
    const table = await newTable(on)
    const other = await newTable(on)
    const [reader, writer, client] = [await on.connect(), await on.connect(), await on.connect()]
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await reader.query(`SELECT * FROM ${table}`)
    await writer.query('BEGIN')
    await writer.query(INSERT(other))
    await client.query('BEGIN')
    await client.query(INSERT(table))
    await client.query('ROLLBACK')
    await client.query(INSERT(table))
    expect(seen(await tableStore(on, table).events.read(whole))).toEqual({ events: [[0, 2]], through: 2, head: 2 })
  })

  test('an open writer behind them holds back no events that have no hole before them', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await quick.query(INSERT(table))
    await quick.query(INSERT(table))
    await slow.query('BEGIN')
    await slow.query(INSERT(table))
    const { events } = tableStore(on, table)
    const page = { events: [[0, 1], [1, 2]], through: 2, head: 2 } // biome-ignore format: one page
    expect(seen(await events.read(whole))).toEqual(page)
    expect(seen(await events.read({ ...whole, streams: ['a'] }))).toEqual(page)
  })

  test('a writer that is killed leaves a hole, which is passed', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query(INSERT(table))
    const { rows } = await slow.query('SELECT pg_backend_pid() AS pid')
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    const follower = follow(events)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 2 })
    await quick.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
    await follower.has(2)
  })

  test('a reader of some streams waits for what may still come in these', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query(INSERT(table))
    await quick.query(`INSERT INTO ${table} (about) VALUES ('b'), ('a'), ('b')`)
    const { events } = tableStore(on, table)
    expect(seen(await events.read({ ...whole, streams: ['a'] }))).toEqual({ events: [], through: 0, head: 4 })
    const follower = follow(events, ['a'])
    await slow.query('COMMIT')
    await follower.has(1, 3)
    expect(follower.events.map(({ previous }) => previous)).toEqual([0, 1])
  })

  test('each hole is decided when those are gone who could fill it, whoever began later', async () => {
    const table = await newTable(on)
    const [first, second, quick] = [await on.connect(), await on.connect(), await on.connect()]
    await first.query('BEGIN')
    await first.query(INSERT(table))
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    const follower = follow(events)
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 2 })
    await second.query('BEGIN')
    await second.query(INSERT(table))
    await quick.query(INSERT(table))
    expect(seen(await events.read(whole))).toEqual({ events: [], through: 0, head: 4 })
    await first.query('ROLLBACK')
    await follower.has(2)
    await second.query('COMMIT')
    await follower.has(2, 3, 4)
  })

  test('an event behind a page that ended in a hole says so, and one behind an event needs no word', async () => {
    const table = await newTable(on)
    const [first, second, quick] = [await on.connect(), await on.connect(), await on.connect()]
    await quick.query(INSERT(table))
    await first.query('BEGIN')
    await first.query(INSERT(table))
    await quick.query(INSERT(table))
    const { events } = tableStore(on, table)
    expect(seen(await events.read(whole))).toEqual({ events: [[0, 1]], through: 1, head: 3 })
    await second.query('BEGIN')
    await second.query(INSERT(table))
    await quick.query(INSERT(table))
    await first.query('ROLLBACK')
    await vi.waitFor(async () => expect(await events.read(whole)).toMatchObject({ through: 3, head: 5 }))
    await quick.query(`DELETE FROM ${table} WHERE nr = 3`)
    const sequence = follow(events, undefined, ensureSequential())
    await sequence.has(1)
    expect(seen(await events.read(whole))).toEqual({ events: [[0, 1]], through: 3, head: 5 })
    await second.query('COMMIT')
    await sequence.has(1, 4, 5)
    expect(sequence.events.map(({ previous }) => previous)).toEqual([undefined, 1, undefined])
  })

  test('the columns may have any names, and the payload may be made of several', async () => {
    const table = await newTable(
      on,
      `("I""d" serial PRIMARY KEY, "stream of" uuid, "a'b" int, "c d" text, "when" timestamptz, note json, seq int)`,
    )
    const stream = '6d1e3f1c-6a54-4c5e-9f0a-0e8b8a6d4c11'
    await on.run(
      `INSERT INTO ${table} VALUES (DEFAULT, '${stream}', 7, NULL, '2026-05-04T12:00:00+02', '{"by": 1}', 3)`,
    )
    const { events } = tableStore(on, table, {
      columns: {
        id: 'I"d',
        stream: 'stream of',
        type: { constant: "it's \\ done" },
        payload: ["a'b", 'c d'],
        recordedAt: 'when',
        metadata: 'note',
        revision: 'seq',
      },
    })
    const expected = {
      id: 1,
      stream,
      type: "it's \\ done",
      payload: { "a'b": 7, 'c d': null },
      revision: 3,
      recordedAt: '2026-05-04T10:00:00.000000Z',
      metadata: { by: 1 },
    }
    expect((await events.read(whole)).events).toEqual([expected])
    expect((await events.read({ ...whole, streams: [stream, 'none'] })).events).toEqual([{ ...expected, previous: 0 }])
  })

  test('nothing is written to the table, and no rights on its sequence are needed', async () => {
    const table = await newTable(on, TABLE)
    await on.run(INSERT(table))
    await on.run(`CREATE ROLE ${on.database} LOGIN PASSWORD 'word'; GRANT SELECT ON ${table} TO ${on.database}`)
    const url = Object.assign(new URL(on.url), { username: on.database, password: 'word' })
    const { events } = tableStore({ ...on, url: url.href }, table)
    expect(seen(await events.read(whole))).toEqual({ events: [[0, 1]], through: 1, head: 1 })
  })
})
