import { defineProjector, type LogEvent, startProjector } from 'rx-projection'
import { type SqliteContext, sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { fakeTransactions, type Ledger } from '../support/fakeTransactions.ts'
import { Later } from '../support/Later.ts'
import { append, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const retry = { delay: 10, entropy: 0 }

/** A SQLite store in memory with a table of one's own. */
function sqliteWith(count: number) {
  const store = sqlite(':memory:', { synchronous: 'normal' })
  store.transactions.run(({ context: { db } }) => db.exec('CREATE TABLE seen (id INTEGER)'))
  if (count > 0) append(store, count)
  const seen = (): number[] =>
    store.transactions.run(({ context: { db } }) =>
      db
        .prepare('SELECT id FROM seen ORDER BY rowid')
        .all()
        .map(({ id }) => Number(id)),
    ) as number[]
  return { store, seen }
}

function insert({ id }: LogEvent, { db }: SqliteContext): void {
  db.prepare('INSERT INTO seen VALUES (?)').run(id)
}

describe('a store with transactions', () => {
  test("'event' commits each event with its position", () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    const { transactions, entries, commits } = fakeTransactions(store.positions)
    const write = defineProjector<Noted, Ledger>({ name: 'p', process: ({ id }, ledger) => ledger.write(id) })
    startProjector(write, { store: { ...store, transactions }, scheduler: time, pageSize: 3 })
    time.runTo(0)
    expect([entries, commits, store.positions.load('p')]).toEqual([upTo(5), [1, 1, 1, 1, 1], 5])
  })

  test("'page' commits each page with its position, and so does processPage", () => {
    const byEvent = defineProjector<Noted, Ledger>({
      name: 'p',
      transaction: 'page',
      process: ({ id }, ledger) => ledger.write(id),
    })
    const byPage = defineProjector<Noted, Ledger>({
      name: 'p',
      processPage: (events, ledger) => {
        for (const { id } of events) ledger.write(id)
      },
    })
    for (const projector of [byEvent, byPage]) {
      const time = new VirtualTime()
      const store = storeWith(5)
      const { transactions, entries, commits } = fakeTransactions(store.positions)
      const handle = startProjector(projector, { store: { ...store, transactions }, scheduler: time, pageSize: 3 })
      const position = record(handle.position$)
      time.runTo(0)
      expect([entries, commits, store.positions.load('p')]).toEqual([upTo(5), [3, 2], 5])
      expect(position.values).toEqual([0, 3, 5])
    }
  })

  test('a handler that fails leaves nothing of its event behind, and keeps all earlier events', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const { transactions, entries } = fakeTransactions(store.positions)
    const told: unknown[] = []
    const write = defineProjector<Noted, Ledger>({
      name: 'p',
      process: ({ id }, ledger) => {
        ledger.write(id)
        if (id === 2) throw new Error('poison')
      },
    })
    startProjector(write, {
      store: { ...store, transactions },
      scheduler: time,
      handlerFailures: 2,
      retry,
      onError: (error) => told.push(error),
    })
    time.runTo(100)
    expect([entries, store.positions.load('p')]).toEqual([[1], 1])
    expect(told).toMatchObject([
      { name: 'HandlerError', event: { id: 2 } },
      { name: 'HandlerError', event: { id: 2 } },
    ])
  })

  test('a commit that fails is an error of the store, not of a handler: it is retried', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const { transactions, entries, control } = fakeTransactions(store.positions)
    control.failNextCommit = new Error('disk full')
    const told: unknown[] = []
    const write = defineProjector<Noted, Ledger>({ name: 'p', process: ({ id }, ledger) => ledger.write(id) })
    const handle = startProjector(write, {
      store: { ...store, transactions },
      scheduler: time,
      handlerFailures: 1,
      retry,
      onError: (error) => told.push(error),
    })
    const position = record(handle.position$, time)
    time.runTo(10)
    expect(told).toEqual([new Error('disk full')])
    expect([entries, store.positions.load('p')]).toEqual([[1, 2], 2])
    expect(position.timed).toEqual([
      [0, 0],
      [10, 1],
      [10, 2],
    ])
  })

  test('a position that another process has moved rolls back: nothing is written twice', () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const { transactions, entries } = fakeTransactions(store.positions)
    const told: unknown[] = []
    const write = defineProjector<Noted, Ledger>({ name: 'p', process: ({ id }, ledger) => ledger.write(id) })
    startProjector(write, {
      store: { ...store, transactions },
      scheduler: time,
      retry,
      onError: (error) => told.push(error),
    })
    time.runTo(0)
    store.positions.save('p', 2)
    append(store, 2)
    time.runTo(10)
    expect(told).toMatchObject([{ name: 'PositionConflictError', expected: 1, actual: 2 }])
    expect(entries).toEqual([1, 3])
  })

  test('may be asynchronous: the commit follows the handler, the position follows the commit', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const { transactions, entries } = fakeTransactions(store.positions)
    const write = defineProjector<Noted, Ledger>({
      name: 'p',
      process: ({ id }, ledger) => Later.after(time, 10, () => ledger.write(id)),
    })
    const handle = startProjector(write, { store: { ...store, transactions }, scheduler: time })
    const position = record(handle.position$, time)
    await time.passTo(9)
    expect(entries).toEqual([])
    await time.passTo(20)
    expect([entries, store.positions.load('p')]).toEqual([[1, 2], 2])
    expect(position.timed).toEqual([
      [0, 0],
      [10, 1],
      [20, 2],
    ])
  })
})

describe('SQLite', () => {
  test.each(['event', 'page'] as const)(
    'commits the writes of a handler with its position, by %s',
    async (transaction) => {
      const time = new VirtualTime()
      const { store, seen } = sqliteWith(5)
      const handle = startProjector(
        defineProjector<Noted, SqliteContext>({ name: 'p', transaction, process: insert }),
        {
          store,
          scheduler: time,
          pageSize: 2,
        },
      )
      time.runTo(0)
      append(store)
      expect([seen(), store.positions.load('p'), handle.position]).toEqual([upTo(6), 6, 6])
      await handle.stop()
      await store[Symbol.asyncDispose]()
    },
  )

  test('rolls back the writes of a failing handler', async () => {
    const time = new VirtualTime()
    const { store, seen } = sqliteWith(4)
    let failures = 3
    const writing = defineProjector<Noted, SqliteContext>({
      name: 'p',
      process: (event, context) => {
        insert(event, context)
        if (event.id === 3 && failures-- > 0) throw new Error('poison')
      },
    })
    const handle = startProjector(writing, { store, scheduler: time, retry, onError: () => undefined })
    time.runTo(20)
    expect([seen(), store.positions.load('p')]).toEqual([[1, 2], 2])
    time.runTo(30)
    expect([seen(), store.positions.load('p')]).toEqual([upTo(4), 4])
    await handle.stop()
    await store[Symbol.asyncDispose]()
  })

  test('a handler that uses context.db and returns a promise is refused: nothing is written, and no position moves', async () => {
    const time = new VirtualTime()
    const { store, seen } = sqliteWith(2)
    const writing = defineProjector<Noted, SqliteContext>({
      name: 'p',
      process: async (event, context) => {
        insert(event, context)
        await Promise.resolve()
      },
    })
    const handle = startProjector(writing, { store, scheduler: time, retry })
    const position = record(handle.position$)
    await time.passTo(1_000)
    expect(position.error).toBeInstanceOf(TypeError)
    expect(String(position.error)).toMatch(/must be synchronous/)
    expect([position.values, seen(), store.positions.load('p')]).toEqual([[0], [], 0])
    await store[Symbol.asyncDispose]()
  })

  test('a handler that does not use context.db may be asynchronous: at least once', async () => {
    const time = new VirtualTime()
    const { store } = sqliteWith(3)
    const handled: number[] = []
    const sending = defineProjector<Noted, SqliteContext>({
      name: 'p',
      process: ({ id }) => Later.after(time, 10, () => handled.push(id)),
    })
    const handle = startProjector(sending, { store, scheduler: time })
    await time.passTo(100)
    expect([handled, store.positions.load('p')]).toEqual([upTo(3), 3])
    await handle.stop()
    await store[Symbol.asyncDispose]()
  })

  test('a handler may append to the same log that it reads, in its transaction', async () => {
    const time = new VirtualTime()
    const { store, seen } = sqliteWith(2)
    let failures = 1
    const policy = defineProjector<Noted, SqliteContext>({
      name: 'policy',
      streams: ['a'],
      process: (event, context) => {
        insert(event, context)
        append(store, 1, 'b')
        if (event.id === 2 && failures-- > 0) throw new Error('poison')
      },
    })
    const handle = startProjector(policy, { store, scheduler: time, retry, onError: () => undefined })
    time.runTo(10)
    expect(seen()).toEqual([1, 2])
    expect(await store.events.read({ after: 2, limit: 10 })).toMatchObject({
      events: [{ stream: 'b' }, { stream: 'b' }],
    })
    await handle.stop()
    await store[Symbol.asyncDispose]()
  })
})
