import type { StatementSync } from 'node:sqlite'
import { sqlite } from 'rx-projection/sqlite'
import { expect, test } from 'vitest'
import { Connection } from '../../../src/stores/sqlite/Connection.ts'
import { openDatabase } from '../../../src/stores/sqlite/openDatabase.ts'
import { HEAD, MERGED } from '../../../src/stores/sqlite/pageSql.ts'
import { readPage } from '../../../src/stores/sqlite/readPage.ts'
import { newFile } from '../support/folder.ts'

/** A connection during whose first read of events something else happens. */
class InterruptedConnection extends Connection {
  interrupt: () => void = () => undefined

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql)
    if (sql === HEAD) return statement
    const get = (...parameters: (number | string)[]) => {
      const row = statement.get(...parameters)
      this.interrupt()
      this.interrupt = () => undefined
      return row
    }
    return { get } as unknown as StatementSync
  }
}

test('a page of more streams than one statement merges is whole, also when another process appends in between', async () => {
  const path = newFile()
  await using store = sqlite(path)
  const append = (stream: string) => void store.events.append(stream, [{ type: 'A', payload: 1 }])
  const streams = Array.from({ length: MERGED + 1 }, (_, index) => `stream-${index}`)
  const [first, last] = [streams[0]!, streams[MERGED]!]
  append(first)
  append(last)
  const connection = new InterruptedConnection(path, openDatabase(path, { busyTimeout: 0, synchronous: 'full' }))
  connection.interrupt = () => {
    append(first)
    append(last)
  }
  const page = readPage(connection, { after: 0, limit: 10, streams })
  const next = readPage(connection, { after: page.through, limit: 10, streams })
  connection.close()
  expect(page.events.map(({ id }) => id)).toEqual([1, 2])
  expect(page.through).toBe(2)
  expect(next.events.map(({ id, previous }) => [id, previous])).toEqual([
    [3, 2],
    [4, 3],
  ])
})

test('a page of one statement may hold what another process has appended since its head was read', async () => {
  const path = newFile()
  await using store = sqlite(path)
  const connection = new Connection(path, openDatabase(path, { busyTimeout: 0, synchronous: 'full' }))
  const prepare = connection.prepare.bind(connection)
  connection.prepare = (sql) => {
    const statement = prepare(sql)
    if (sql !== HEAD) void store.events.append('a', [{ type: 'A', payload: 1 }])
    return statement
  }
  expect(readPage(connection, { after: 0, limit: 10 })).toMatchObject({ through: 1, head: 1 })
  expect(readPage(connection, { after: 1, limit: 10, streams: ['b'] })).toMatchObject({ through: 1, head: 1 })
  connection.close()
})
