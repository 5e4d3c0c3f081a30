import pg from 'pg'
import { defineProjection, startProjection } from 'rx-projection'
import { fromTable, postgres } from 'rx-projection/postgres'
import { expect, test } from 'vitest'
import { describeOnServer } from './support/onServer.ts'

const ids = defineProjection<readonly number[]>({
  name: 'ids',
  initialState: () => [],
  evolve: (state, { id }) => [...state, id],
})

const FOLLOWERS = ['a', 'b', 'c']
const event = { type: 'Noted', payload: 1 }

describeOnServer('all who follow a log hear of the decision about a hole', (on) => {
  test.each(['ROLLBACK', 'COMMIT'])('when an append of another transaction ends with %s', async (end) => {
    const pool = new pg.Pool({ connectionString: on.url })
    const store = postgres({ pool, schema: `decided_${end.toLowerCase()}` })
    await store.events.append('a', [event])
    const live = FOLLOWERS.map((instance) => startProjection(ids, { store, instance, catchUpAfter: 600_000 }))
    await Promise.all(live.map((projection) => projection.whenCaughtUp()))
    const client = await pool.connect()
    await client.query('BEGIN')
    await store.events.appendWithin(client, 'b', [event])
    const { position } = await store.events.append('c', [event])
    await client.query(end)
    client.release()
    await Promise.all(live.map((projection) => projection.whenProcessed(position, { timeout: 20_000 })))
    for (const { current } of live) expect(current?.state).toEqual(end === 'COMMIT' ? [1, 2, 3] : [1, 3])
    await Promise.all(live.map((projection) => projection.stop()))
    await store[Symbol.asyncDispose]()
    await pool.end()
  })

  test('in a table of the application that is polled, when a slow commit comes', async () => {
    const pool = new pg.Pool({ connectionString: on.url })
    await pool.query('CREATE TABLE slow (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text, data json)')
    const columns = { id: 'id', stream: { constant: 's' }, type: 'kind', payload: 'data' }
    const store = postgres({
      pool,
      schema: 'decided_table',
      events: fromTable({ table: 'slow', columns, pollEvery: 20 }),
    })
    const insert = `INSERT INTO slow (kind, data) VALUES ('Noted', '1')`
    await pool.query(insert)
    const live = FOLLOWERS.map((instance) => startProjection(ids, { store, instance, catchUpAfter: 600_000 }))
    await Promise.all(live.map((projection) => projection.whenCaughtUp()))
    const client = await pool.connect()
    await client.query('BEGIN')
    await client.query(insert)
    await pool.query(insert)
    await client.query('COMMIT')
    client.release()
    await Promise.all(live.map((projection) => projection.whenProcessed(3, { timeout: 20_000 })))
    for (const { current } of live) expect(current?.state).toEqual([1, 2, 3])
    await Promise.all(live.map((projection) => projection.stop()))
    await store[Symbol.asyncDispose]()
    await pool.end()
  })
})
