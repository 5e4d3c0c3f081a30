import pg from 'pg'
import { PositionConflictError, RevisionConflictError, startProjector } from 'rx-projection'
import { type PostgresStore, postgres } from 'rx-projection/postgres'
import { expect, onTestFinished, test } from 'vitest'
import { pagedLedger } from './support/ledger.ts'
import { describeOnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'
import { follow } from './support/tables.ts'

const event = { type: 'A', payload: 1 }
const whole = { after: 0, limit: 100 }

describeOnServer('events that are appended within a transaction of the application', (on) => {
  async function newStore(): Promise<PostgresStore> {
    const store = postgres({ connectionString: on.url, schema: newSchema() })
    onTestFinished(() => store[Symbol.asyncDispose]())
    await store.open()
    return store
  }

  test('commit with what else it writes, and are hinted at then', async () => {
    const { events } = await newStore()
    const client = await on.connect()
    await on.run('CREATE TABLE orders (id int)')
    const follower = follow(events)
    await client.query('BEGIN')
    await client.query('INSERT INTO orders VALUES (7)')
    expect(await events.appendWithin(client, 'a', [event, event])).toEqual({ position: 2, revision: 2 })
    expect(await events.read(whole)).toEqual({ events: [], through: 0, head: 0 })
    await client.query('COMMIT')
    await follower.has(1, 2)
  })

  test('are gone with it when it is rolled back', async () => {
    const { events } = await newStore()
    const client = await on.connect()
    await client.query('BEGIN')
    await events.appendWithin(client, 'a', [event])
    await client.query('ROLLBACK')
    expect(await events.append('a', [event])).toEqual({ position: 2, revision: 1 })
    const page = await events.read(whole)
    expect(page).toMatchObject({ events: [{ id: 2, previous: 0 }], through: 2 })
  })

  test('that are refused leave it usable', async () => {
    const { events } = await newStore()
    const client = await on.connect()
    await client.query('BEGIN')
    await events.appendWithin(client, 'a', [event], { expectedRevision: 0 })
    const refused = events.appendWithin(client, 'a', [event], { expectedRevision: 0 })
    await expect(refused).rejects.toThrow(RevisionConflictError)
    await events.appendWithin(client, 'a', [event], { expectedRevision: 1 })
    await client.query('COMMIT')
    expect(await events.read(whole)).toMatchObject({ events: [{ revision: 1 }, { revision: 2 }], through: 2, head: 2 })
  })

  test('keep others of their stream waiting, who then see its revision', async () => {
    const { events } = await newStore()
    const client = await on.connect()
    await client.query('BEGIN')
    await events.appendWithin(client, 'a', [event])
    const other = events.append('a', [event], { expectedRevision: 0 })
    await events.append('b', [event])
    // The other holds no number yet: it is no hole that a reader would have to wait for.
    await client.query('COMMIT')
    await expect(other).rejects.toMatchObject({ expected: 0, actual: 1 })
    expect(await events.read(whole)).toMatchObject({ through: 2, head: 2 })
  })
})

describeOnServer('transactions', (on) => {
  async function newStore(): Promise<PostgresStore> {
    const store = postgres({ connectionString: on.url, schema: newSchema() })
    onTestFinished(() => store[Symbol.asyncDispose]())
    await store.open()
    return store
  }

  test('of two that move one position, one is refused, with all that it wrote', async () => {
    const { transactions, positions } = await newStore()
    await on.run('CREATE TABLE moved (who text)')
    const work = (who: string) =>
      transactions.run(async ({ context: { client }, positions: own }) => {
        await client.query('INSERT INTO moved VALUES ($1)', [who])
        await own.save('p', 1, { expected: 0 })
      })
    const results = await Promise.allSettled([work('a'), work('b')])
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused.map(({ reason }) => reason)).toEqual([expect.any(PositionConflictError)])
    expect((await on.run('SELECT * FROM moved')).rowCount).toBe(1)
    expect(await positions.load('p')).toBe(1)
  })

  test('a position that is read within one is the one that it has moved', async () => {
    const { transactions, positions } = await newStore()
    await transactions.run(async ({ positions: own }) => {
      await own.save('p', 5)
      expect(await own.load('p')).toBe(5)
      expect(await positions.load('p')).toBe(0)
    })
    expect(await positions.load('p')).toBe(5)
  })

  test('one in which a failed statement was passed over does not count as committed', async () => {
    const { transactions } = await newStore()
    const done = transactions.run(async ({ context: { client } }) => {
      await client.query('SELECT 1 / 0').catch(() => undefined)
    })
    await expect(done).rejects.toThrow(/rolled back/)
  })

  test('one whose connection is cut fails, and its connection is not used again', async () => {
    const pool = new pg.Pool({ connectionString: on.url, max: 1 })
    pool.on('error', () => undefined)
    onTestFinished(() => pool.end())
    const store = postgres({ pool, schema: newSchema() })
    await store.open()
    const cut = store.transactions.run(async ({ context: { client } }) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
      await on.run('SELECT pg_terminate_backend($1)', [rows[0]!.pid])
      await client.query('SELECT 1')
    })
    await expect(cut).rejects.toThrow()
    expect(await store.positions.load('p')).toBe(0)
    await store[Symbol.asyncDispose]()
    expect((await pool.query('SELECT 1')).rowCount).toBe(1)
  })

  // Checked by the statement, and by the commit.
  test.each(['CHECK (event <> 3)', 'REFERENCES known (id) DEFERRABLE INITIALLY DEFERRED'])(
    'a page that fails (%s) is handled event by event, so that only the poison event stands out',
    async (constraint) => {
      const store = await newStore()
      await on.run('DROP TABLE IF EXISTS pages, known')
      await on.run('CREATE TABLE known (id bigint PRIMARY KEY); INSERT INTO known VALUES (1), (2), (4), (5)')
      await on.run(`CREATE TABLE pages (event bigint CONSTRAINT poison ${constraint})`)
      for (let number = 0; number < 5; number++) await store.events.append('a', [event])
      const told: unknown[] = []
      const projector = startProjector(pagedLedger('pages'), {
        store,
        retry: { delay: 1, entropy: 0 },
        onError: (error, { attempt }) => void told.push([attempt, (error as Error).message]),
        catchUpAfter: 10,
      })
      const rows = async () => (await on.run('SELECT event::int FROM pages ORDER BY 1')).rows.map(({ event: id }) => id)
      await expect.poll(() => told.length).toBeGreaterThan(2)
      expect([await rows(), projector.position]).toEqual([[1, 2], 2])
      expect(told.slice(0, 3)).toMatchObject([
        [0, expect.stringContaining('poison')],
        [1, expect.stringContaining('poison')],
        [2, expect.stringContaining('poison')],
      ])
      await on.run('ALTER TABLE pages DROP CONSTRAINT poison')
      await projector.whenProcessed(5)
      await projector.stop()
      expect(await rows()).toEqual([1, 2, 3, 4, 5])
    },
  )
})
