import pg from 'pg'
import { postgres } from 'rx-projection/postgres'
import { expect, test } from 'vitest'
import { describeOnServer } from './support/onServer.ts'

const mark = { position: 7, stream: 'a', revision: 3, recordedAt: '2026-01-01T00:00:00.000Z' }

describeOnServer('marks on PostgreSQL', (on) => {
  test('are kept with snapshots and positions, and forgotten by a save without one', async () => {
    const store = postgres({ connectionString: on.url, schema: 'marks' })
    const { snapshots, positions } = store
    await snapshots.save('p', 1, { offset: 7, state: [1], mark })
    expect((await snapshots.load('p', 1))?.mark).toEqual(mark)
    await snapshots.save('p', 1, { offset: 8, state: [2] })
    expect((await snapshots.load('p', 1))?.mark).toBeUndefined()
    await positions.save('p', 7, { expected: 0, mark })
    expect(await positions.loadMark!('p')).toEqual(mark)
    await positions.save('p', 8, { expected: 7 })
    expect(await positions.loadMark!('p')).toBeUndefined()
    expect(await positions.loadMark!('nobody')).toBeUndefined()
    await expect(positions.save('p', 9, { mark: 5 as never })).rejects.toThrow('mark must be')
    await store[Symbol.asyncDispose]()
  })

  test('commit with the position, in its transaction, or not at all', async () => {
    const store = postgres({ connectionString: on.url, schema: 'marks_within' })
    const failure = new Error('no')
    const failing = store.transactions.run(async ({ positions }) => {
      await positions.save('p', 7, { mark })
      throw failure
    })
    await expect(failing).rejects.toBe(failure)
    expect(await store.positions.loadMark!('p')).toBeUndefined()
    await store.transactions.run(({ positions }) => positions.save('p', 7, { mark }))
    expect(await store.positions.loadMark!('p')).toEqual(mark)
    await store[Symbol.asyncDispose]()
  })

  test('a schema of a version without them gets their column, and its processes go on writing', async () => {
    const schema = 'marks_old'
    const first = postgres({ connectionString: on.url, schema })
    await first.positions.save('p', 5)
    await first[Symbol.asyncDispose]()
    const client = new pg.Client(on.url)
    await client.connect()
    for (const table of ['positions', 'snapshots'])
      await client.query(`ALTER TABLE ${schema}.${table} DROP COLUMN mark`)
    const store = postgres({ connectionString: on.url, schema })
    await store.positions.save('p', 7, { expected: 5, mark })
    // What an older process does: it moves the position, and leaves the mark.
    await client.query(`UPDATE ${schema}.positions SET position = 9`)
    expect([await store.positions.load('p'), await store.positions.loadMark!('p')]).toEqual([9, undefined])
    const { rows } = await client.query(`SELECT value FROM ${schema}.meta WHERE key = 'schema'`)
    expect(rows).toEqual([{ value: '2' }])
    await client.end()
    await store[Symbol.asyncDispose]()
  })
})
