import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { defineProjector, type EventType, startPartitioned, startProjector } from 'rx-projection'
import { type PostgresContext, type PostgresStore, postgres } from 'rx-projection/postgres'
import { expect, onTestFinished, test, vi } from 'vitest'
import { VirtualTime } from '../../runtime/support/VirtualTime.ts'
import { casesOf, THOROUGH } from '../../support/thorough.ts'
import { describeOnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'

const EVENTS = THOROUGH ? 64 : 20
const event = { type: 'Asked', payload: 1 }
const retry = { delay: 1, entropy: 0 }
const waiting = { timeout: 30_000 }
/** A deadlock ends as a failed test, and not by the store's patience. */
const patience = 120_000

/** A projector that answers each question with an event of its own, and says through `client` that it did. */
function answering(store: PostgresStore, name: string, touch: boolean) {
  return defineProjector<EventType, PostgresContext>({
    name,
    async process({ id, type, stream }, context) {
      if (type !== 'Asked') return
      if (touch) await context.client.query('INSERT INTO asked (projector, event) VALUES ($1, $2)', [name, id])
      await store.events.append(`answer of ${name} to ${stream}`, [{ type: 'Answered', payload: [name, id] }])
    },
  })
}

describeOnServer('a pool of connections', (on) => {
  async function openStore(max: number, options: { patience?: number; scheduler?: VirtualTime } = {}) {
    const pool = new pg.Pool({ connectionString: on.url, max })
    pool.on('error', () => undefined)
    const store: PostgresStore = postgres({ pool, schema: newSchema(), patience, ...options })
    onTestFinished(async () => {
      await store[Symbol.asyncDispose]()
      await pool.end()
    })
    await store.open()
    return { pool, store }
  }

  async function ask(store: PostgresStore): Promise<void> {
    await on.run('DROP TABLE IF EXISTS asked')
    await on.run('CREATE TABLE asked (projector text, event bigint, PRIMARY KEY (projector, event))')
    for (let number = 0; number < EVENTS; number++) await store.events.append(`question ${number}`, [event])
  }

  const rowsOfAsked = async () => Number((await on.run('SELECT count(*) FROM asked')).rows[0].count)

  async function answers(store: PostgresStore): Promise<Set<string>> {
    const { events } = await store.events.read({ after: 0, limit: 10_000 })
    return new Set(events.filter(({ type }) => type === 'Answered').map(({ payload }) => JSON.stringify(payload)))
  }

  for (const max of casesOf([2, 10], [2])) {
    for (const touch of [true, false]) {
      const when = touch ? 'within their transactions' : 'and leave their transactions alone'

      test(`of ${max} is enough for 16 partitions whose handlers append ${when}`, async () => {
        const { store } = await openStore(max)
        await ask(store)
        const worker = startPartitioned(answering(store, 'p', touch), {
          store,
          partitions: 16,
          retry,
          catchUpAfter: 20,
        })
        onTestFinished(() => worker.stop())
        await expect.poll(async () => (await answers(store)).size, waiting).toBe(EVENTS)
        if (touch) await expect.poll(rowsOfAsked, waiting).toBe(EVENTS)
      }, 60_000)

      test(`of ${max} is enough for 12 projectors whose handlers append ${when}`, async () => {
        const { store } = await openStore(max)
        await ask(store)
        const projectors = Array.from({ length: 12 }, (_, number) =>
          startProjector(answering(store, `p${number}`, touch), { store, retry, catchUpAfter: 20 }),
        )
        onTestFinished(async () => void (await Promise.all(projectors.map((projector) => projector.stop()))))
        await expect.poll(async () => (await answers(store)).size, waiting).toBe(12 * EVENTS)
        if (touch) await expect.poll(rowsOfAsked, waiting).toBe(12 * EVENTS)
      }, 60_000)
    }
  }

  test('of 10 lends 8 connections to transactions at the most, also of two stores; the next one has its turn', async () => {
    const { store, pool } = await openStore(10)
    const other = postgres({ pool, schema: newSchema(), patience })
    await other.open()
    const begun: number[] = []
    const ends = Array.from({ length: 9 }, () => Promise.withResolvers<void>())
    const runs = ends.map(({ promise }, number) =>
      (number % 2 === 0 ? store : other).transactions.run(async ({ context }) => {
        await context.client.query('SELECT 1')
        begun.push(number)
        await promise
      }),
    )
    await expect.poll(() => begun.length).toBe(8)
    await Promise.all([1, 2, 3, 4].map((name) => store.positions.save(`p${name}`, 1)))
    expect([begun.length, pool.waitingCount]).toEqual([8, 0])
    ends[begun[0]!]!.resolve()
    await expect.poll(() => begun.length).toBe(9)
    for (const { resolve } of ends) resolve()
    await Promise.all(runs)
    await other[Symbol.asyncDispose]()
  })

  test('lends no connection to a handler that sends nothing, and its position is saved by one statement', async () => {
    const { store, pool } = await openStore(1)
    for (let number = 0; number < 3; number++) await store.events.append('a', [event])
    // Its only one.
    const connection = await pool.connect()
    const asked = vi.spyOn(connection, 'query')
    connection.release()
    const free: number[] = []
    const projector = startProjector(
      defineProjector<EventType, PostgresContext>({
        name: 'p',
        process: (_event, { client }) => void free.push(client === undefined ? -1 : pool.totalCount - pool.idleCount),
      }),
      { store, retry },
    )
    onTestFinished(() => projector.stop())
    await projector.whenProcessed(3)
    expect(free).toEqual([0, 0, 0])
    const texts = (asked.mock.calls as unknown as [string | { text: string }][]).map(([query]) =>
      typeof query === 'string' ? query : query.text,
    )
    expect(texts.filter((text) => /^(BEGIN|COMMIT)/.test(text))).toEqual([])
    expect(texts.filter((text) => /INSERT INTO .*positions/.test(text))).toHaveLength(3)
    expect(await store.positions.load('p')).toBe(3)
  })

  test('of 1 refuses what a handler asks of the store within its begun transaction, which then can go on', async () => {
    const { store } = await openStore(1)
    await store.transactions.run(async ({ context: { client }, positions }) => {
      await client.query('SELECT 1')
      const refusal = { name: 'StoreError', retryable: false, message: expect.stringMatching(/appendWithin.*max of 2/) }
      await expect(store.events.append('a', [event])).rejects.toMatchObject(refusal)
      await expect(store.events.read({ after: 0, limit: 1 })).rejects.toMatchObject(refusal)
      await expect(store.positions.load('p')).rejects.toMatchObject(refusal)
      await expect(store.snapshots.load('p', 1)).rejects.toMatchObject(refusal)
      await store.events.appendWithin(client, 'a', [event])
      await positions.save('p', 1)
    })
    await store.events.append('a', [event])
    expect(await store.events.read({ after: 0, limit: 9 })).toMatchObject({ head: 2 })
  })

  test.each([1, 2])('of %i refuses a transaction within another', async (max) => {
    const { store } = await openStore(max)
    await store.transactions.run(async ({ context: { client } }) => {
      await client.query('SELECT 1')
      const inner = store.transactions.run(({ context }) => context.client.query('SELECT 1'))
      await expect(inner).rejects.toMatchObject({ name: 'StoreError', message: expect.stringMatching(/max of 3/) })
    })
  })

  test('of 1 faults a projector whose handler appends beside its transaction: the error names the cure', async () => {
    const { store } = await openStore(1)
    await on.run('DROP TABLE IF EXISTS asked')
    await on.run('CREATE TABLE asked (projector text, event bigint)')
    await store.events.append('a', [event])
    const errors: unknown[] = []
    const projector = startProjector(answering(store, 'p', true), {
      store,
      retry,
      onError: (error) => void errors.push(error),
    })
    projector.position$.subscribe({ error: () => undefined })
    onTestFinished(() => projector.stop().catch(() => undefined))
    await expect.poll(() => errors.length).toBeGreaterThan(0)
    expect(errors[0]).toMatchObject({ cause: { name: 'StoreError', message: expect.stringMatching(/appendWithin/) } })
  })

  test('others wait for a transaction that holds the only connection, with an error that names the cure', async () => {
    const time = new VirtualTime()
    const { store } = await openStore(1, { patience: 70, scheduler: time })
    const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const holder = store.transactions.run(async ({ context: { client } }) => {
      await client.query('SELECT 1')
      begun.resolve()
      await end.promise
    })
    await begun.promise
    const appended = store.events.append('a', [event]).catch((error: unknown) => error)
    const another = Promise.resolve(store.transactions.run(({ context }) => context.client.query('SELECT 1'))).catch(
      (error: unknown) => error,
    )
    await time.passTo(70)
    const timedOut = {
      name: 'TimeoutError',
      retryable: true,
      message: expect.stringMatching(/appendWithin.*larger max/),
    }
    expect(await appended).toMatchObject(timedOut)
    expect(await another).toMatchObject(timedOut)
    end.resolve()
    await holder
    await store.transactions.run(({ context }) => context.client.query('SELECT 1'))
  })

  test('a statement that is not waited for belongs to the transaction, and none is sent after its end', async () => {
    const { store } = await openStore(10)
    await on.run('CREATE TABLE kept (id int)')
    let client: PostgresContext['client'] | undefined
    await store.transactions.run(({ context }) => {
      client = context.client
      void client.query('INSERT INTO kept VALUES (1)')
    })
    const failed = store.transactions.run(({ context }) => {
      void context.client.query('INSERT INTO kept VALUES (2)')
      throw new Error('planned')
    })
    await expect(failed).rejects.toThrow('planned')
    await expect(client!.query('INSERT INTO kept VALUES (3)')).rejects.toThrow(/out of reach/)
    expect((await on.run('SELECT id FROM kept')).rows).toEqual([{ id: 1 }])
  })

  test('a transaction whose position was saved first moves it with what is written after', async () => {
    const { store } = await openStore(10)
    await on.run('CREATE TABLE later (id int)')
    const failed = store.transactions.run(async ({ context: { client }, positions }) => {
      await positions.save('p', 1)
      await client.query('INSERT INTO later VALUES (1)')
      expect(await positions.load('p')).toBe(1)
      throw new Error('planned')
    })
    await expect(failed).rejects.toThrow('planned')
    expect(await store.positions.load('p')).toBe(0)
    expect((await on.run('SELECT id FROM later')).rowCount).toBe(0)
  })
})

test('PGlite refuses what a handler asks of the store within its begun transaction; before, it may ask', async () => {
  await using db = await PGlite.create()
  await using store = postgres({ pool: db })
  await store.transactions.run(async ({ context: { client }, positions }) => {
    await store.events.append('a', [event])
    await client.query('SELECT 1')
    const refusal = { name: 'StoreError', message: expect.stringMatching(/appendWithin\(context.client, …\) does$/) }
    await expect(store.events.append('a', [event])).rejects.toMatchObject(refusal)
    await store.events.appendWithin(client, 'a', [event])
    await positions.save('p', 2)
  })
  expect(await store.positions.load('p')).toBe(2)
  expect(await store.events.read({ after: 0, limit: 9 })).toMatchObject({ head: 2 })
}, 180_000)
