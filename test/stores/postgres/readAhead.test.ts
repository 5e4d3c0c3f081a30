import type { LogPage } from 'rx-projection'
import { fromTable } from 'rx-projection/postgres'
import { expect, test } from 'vitest'
import type { Queryable, Row } from '../../../src/stores/postgres/driver/Driver.ts'
import { TableReader } from '../../../src/stores/postgres/reader/TableReader.ts'
import { inspectTable } from '../../../src/stores/postgres/table/inspectTable.ts'
import { describeOnServer, type TestDatabase } from './support/onServer.ts'
import { columns, newTable } from './support/tables.ts'

/** When the statement that fetches ahead is sent, and when its answer comes: each waits until it is told to go on. */
interface Ahead {
  readonly send: () => void
  readonly answer: () => void
  readonly fail: (error: Error) => void
  /** The server has answered. */
  readonly answered: Promise<unknown>
}

/** A reader of a table with four events, whose first page of two has been read. */
async function afterFirstPage(on: TestDatabase) {
  const table = await newTable(on)
  await on.run(`INSERT INTO ${table} (about) SELECT 'a' FROM generate_series(1, 4)`)
  const client = await on.connect()
  const fetches: Ahead[] = []
  let asked = 0
  const ask = async (text: string, values: readonly unknown[] = []): Promise<readonly Row[]> =>
    (await client.query({ text, values: values as unknown[], rowMode: 'array' })).rows
  const db: Queryable = {
    async query(text, values) {
      asked++
      if (values?.[0] !== 2 || fetches.length > 0) return ask(text, values)
      const send = Promise.withResolvers<void>()
      const answer = Promise.withResolvers<void>()
      const answered = send.promise.then(() => ask(text, values))
      fetches.push({ send: send.resolve, answer: answer.resolve, fail: answer.reject, answered })
      await answer.promise
      return answered
    },
  }
  const inspected = await inspectTable(db, fromTable({ table, columns }), 'here')
  const reader = new TableReader(db, inspected, { address: 'here', now: () => 0 })
  expect(seen(await reader.read({ after: 0, limit: 2 }))).toEqual({ ids: [1, 2], through: 2, head: 4 })
  expect(fetches).toHaveLength(1)
  return {
    ahead: fetches[0]!,
    append: () => on.run(`INSERT INTO ${table} DEFAULT VALUES`),
    second: () => reader.read({ after: 2, limit: 2 }),
    run: (statement: string) => on.run(statement.replaceAll('%', table)),
    first: () => reader.read({ after: 0, limit: 2 }),
    /** How many statements were sent by then. */
    asked: () => asked,
  }
}

function seen({ events, through, head }: LogPage) {
  return { ids: events.map(({ id }) => id), through, head }
}

describeOnServer('the page that is fetched ahead, while one is dealt with,', (on) => {
  const second = { ids: [3, 4], through: 4, head: 5 }

  test('is not used where it had come to the end of the log: there may be news by now', async () => {
    const { ahead, append, second: read, asked } = await afterFirstPage(on)
    ahead.send()
    await ahead.answered
    ahead.answer()
    await append()
    const before = asked()
    expect(seen(await read())).toEqual(second)
    // It, and the one behind it ahead.
    expect(asked()).toBe(before + 2)
  })

  test('is not used either where its answer comes when it is asked for, from before the news', async () => {
    const { ahead, append, second: read } = await afterFirstPage(on)
    ahead.send()
    await ahead.answered
    await append()
    const reading = read()
    ahead.answer()
    expect(seen(await reading)).toEqual(second)
  })

  test('is used where it saw that more follows, and nothing else is asked for', async () => {
    const { ahead, append, second: read, asked } = await afterFirstPage(on)
    await append()
    ahead.send()
    await ahead.answered
    const before = asked()
    const reading = read()
    ahead.answer()
    expect(seen(await reading)).toEqual(second)
    // The one behind it, ahead.
    expect(asked()).toBe(before + 1)
  })

  test('is looked up once more where it is asked for once more', async () => {
    const { ahead, append, second: read, run } = await afterFirstPage(on)
    await append()
    ahead.send()
    ahead.answer()
    expect(seen(await read())).toEqual(second)
    await run('DELETE FROM % WHERE nr = 3')
    expect(seen(await read())).toEqual({ ids: [4, 5], through: 5, head: 5 })
  })

  test('is of no use to a read of another page', async () => {
    const { ahead, append, first, asked } = await afterFirstPage(on)
    await append()
    ahead.send()
    ahead.answer()
    const before = asked()
    expect(seen(await first())).toEqual({ ids: [1, 2], through: 2, head: 5 })
    expect(asked()).toBe(before + 2)
  })

  test('is asked for once more where it failed', async () => {
    const { ahead, append, second: read } = await afterFirstPage(on)
    await append()
    ahead.send()
    ahead.fail(new Error('the connection has ended'))
    expect(seen(await read())).toEqual(second)
  })
})
