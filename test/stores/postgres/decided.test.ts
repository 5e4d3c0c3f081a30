import pg from 'pg'
import { defineProjection, type RunHandle, startProjection } from 'rx-projection'
import { fromTable, postgres } from 'rx-projection/postgres'
import { filter, firstValueFrom, VirtualTimeScheduler } from 'rxjs'
import { expect, test } from 'vitest'
import { describeOnServer } from './support/onServer.ts'

const ids = defineProjection<readonly number[]>({
  name: 'ids',
  initialState: () => [],
  evolve: (state, { id }) => [...state, id],
})

const FOLLOWERS = ['a', 'b', 'c']
const event = { type: 'Noted', payload: 1 }

/** Resolves when a projection has passed a position by itself: `whenProcessed` would ask for a read. */
function passed({ position$ }: Pick<RunHandle, 'position$'>, position: number): Promise<number> {
  return firstValueFrom(position$.pipe(filter((reached) => reached >= position)))
}

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
    await Promise.all(live.map((projection) => passed(projection, position)))
    for (const { current } of live) expect(current?.state).toEqual(end === 'COMMIT' ? [1, 2, 3] : [1, 3])
    await Promise.all(live.map((projection) => projection.stop()))
    await store[Symbol.asyncDispose]()
    await pool.end()
  })

  test('when a read of somebody else has decided it: no look has to', async () => {
    const pool = new pg.Pool({ connectionString: on.url })
    // Its looks never come, since its clock stands still.
    const store = postgres({ pool, schema: 'decided_read', scheduler: new VirtualTimeScheduler() })
    await store.events.append('a', [event])
    const live = FOLLOWERS.map((instance) => startProjection(ids, { store, instance, catchUpAfter: 600_000 }))
    await Promise.all(live.map((projection) => projection.whenCaughtUp()))
    const client = await pool.connect()
    await client.query('BEGIN')
    await store.events.appendWithin(client, 'b', [event])
    const { position } = await store.events.append('c', [event])
    for (const projection of live) projection.catchUp()
    await Promise.all(live.map((projection) => projection.whenProcessed(1)))
    await store.events.read({ after: 1, limit: 9 })
    await client.query('ROLLBACK')
    client.release()
    while ((await store.events.read({ after: 1, limit: 9 })).through < position);
    await Promise.all(live.map((projection) => passed(projection, position)))
    for (const { current } of live) expect(current?.state).toEqual([1, 3])
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
    await Promise.all(live.map((projection) => passed(projection, 3)))
    for (const { current } of live) expect(current?.state).toEqual([1, 2, 3])
    await Promise.all(live.map((projection) => projection.stop()))
    await store[Symbol.asyncDispose]()
    await pool.end()
  })
})
