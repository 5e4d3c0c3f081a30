import { fromTable, type PostgresReadStore, postgres } from 'rx-projection/postgres'
import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { HoleDecisions } from '../../../src/stores/postgres/reader/HoleDecisions.ts'
import { describeOnServer, type TestDatabase } from './support/onServer.ts'
import { columns, type Follower, follow, newTable } from './support/tables.ts'

const whole = { after: 0, limit: 100 }

/** A store over a table that looks at nothing by itself, since its clock stands still: only reads find out. */
function stillStore({ url }: TestDatabase, table: string): PostgresReadStore {
  const store = postgres({
    connectionString: url,
    events: fromTable({ table, columns, pollEvery: 600_000 }),
    scheduler: new VirtualTimeScheduler(),
  })
  onTestFinished(() => store[Symbol.asyncDispose]())
  return store
}

/** Follows a log, and resolves when some pages have been read. */
async function following(
  { events }: PostgresReadStore,
  count: number,
  streams?: readonly string[],
): Promise<readonly Follower[]> {
  const read = vi.spyOn(events, 'read')
  const followers = Array.from({ length: count }, () => follow(events, streams))
  await vi.waitFor(() => expect(read.mock.results.length).toBeGreaterThanOrEqual(count))
  await Promise.all(read.mock.results.map(({ value }) => value))
  return followers
}

describeOnServer('a hole that comes nearer to its decision is hinted to all', (on) => {
  test('where one of two writers has committed, which only a read can see once', async () => {
    const table = await newTable(on)
    const [first, second, quick] = [await on.connect(), await on.connect(), await on.connect()]
    const insert = `INSERT INTO ${table} DEFAULT VALUES`
    await first.query('BEGIN')
    await first.query(insert)
    await quick.query(insert)
    await second.query('BEGIN')
    await second.query(insert)
    await quick.query(insert)
    const store = stillStore(on, table)
    const followers = await following(store, 3)
    await first.query('COMMIT')
    expect((await store.events.read(whole)).events.map(({ id }) => id)).toEqual([1, 2])
    await Promise.all(followers.map((follower) => follower.has(1, 2)))
    await second.query('COMMIT')
    expect(await store.events.read(whole)).toMatchObject({ through: 4 })
    await Promise.all(followers.map((follower) => follower.has(1, 2, 3, 4)))
  })

  test('where the read that decided it fails on a row of another stream', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    await slow.query('BEGIN')
    await slow.query(`INSERT INTO ${table} DEFAULT VALUES`)
    await quick.query(`INSERT INTO ${table} (about, body) VALUES ('bad', '{"n": 123456789012345678901}'), ('b', '{}')`)
    const store = stillStore(on, table)
    const followers = await following(store, 2, ['b'])
    await slow.query('ROLLBACK')
    await expect(store.events.read(whole)).rejects.toThrow(/event 2/)
    await Promise.all(followers.map((follower) => follower.has(3)))
  })

  test('where it is gone with the table that it was in: all meet that', async () => {
    const table = await newTable(on)
    const [slow, quick] = [await on.connect(), await on.connect()]
    const insert = `INSERT INTO ${table} DEFAULT VALUES`
    await quick.query(insert)
    await slow.query('BEGIN')
    await slow.query(insert)
    await quick.query(insert)
    const store = stillStore(on, table)
    const followers = await following(store, 2)
    await slow.query('ROLLBACK')
    await quick.query(`TRUNCATE ${table} RESTART IDENTITY`)
    expect(await store.events.read(whole)).toMatchObject({ head: 0 })
    await vi.waitFor(() => {
      for (const { error } of followers) expect(error).toMatchObject({ name: 'SnapshotAheadError' })
    })
  })
})

describe('HoleDecisions', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve))

  test('look less and less often as long as that fails, and hint each time', async () => {
    const scheduler = new VirtualTimeScheduler()
    const look = () => Promise.reject(new Error('away'))
    const decisions = new HoleDecisions(() => ({ undecided: true, look }), scheduler)
    const hinted = [vi.fn(), vi.fn()]
    for (const taker of hinted) decisions.hints$.subscribe(taker)
    const times: number[] = []
    for (let number = 0; number < 20; number++) {
      scheduler.flush()
      times.push(scheduler.now())
      await settled()
    }
    expect(hinted.map(({ mock }) => mock.calls.length)).toEqual([20, 20])
    const waits = times.map((time, index) => time - (times[index - 1] ?? 0))
    expect([waits[0], waits[1], waits.at(-1)]).toEqual([4, 6, 200])
  })

  test('look often again when one has moved', async () => {
    const scheduler = new VirtualTimeScheduler()
    const look = vi.fn(() => Promise.resolve())
    const decisions = new HoleDecisions(() => ({ undecided: true, look }), scheduler)
    decisions.hints$.subscribe()
    for (let number = 0; number < 20; number++) {
      scheduler.flush()
      await settled()
    }
    look.mockImplementationOnce(async () => decisions.moved())
    scheduler.flush()
    await settled()
    const before = scheduler.now()
    scheduler.flush()
    expect(scheduler.now() - before).toBe(4)
  })
})
