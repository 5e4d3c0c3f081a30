import type { StatementSync } from 'node:sqlite'
import { StoreError } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { beforeEach, describe, expect, test } from 'vitest'
import { Connection } from '../../../src/stores/sqlite/Connection.ts'
import { openDatabase } from '../../../src/stores/sqlite/openDatabase.ts'
import { HEAD } from '../../../src/stores/sqlite/pageSql.ts'
import { readPage } from '../../../src/stores/sqlite/readPage.ts'
import { newFile } from '../support/folder.ts'

/** A connection to a log of seven events whose pages are too long for it when they have more than `most` events. */
class TightConnection extends Connection {
  most = 2
  tooLong: () => undefined = () => undefined

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql)
    if (sql === HEAD) return statement
    const get = (after: number, limit: number, ...streams: string[]) =>
      limit > this.most ? this.tooLong() : statement.get(after, limit, ...streams)
    return { get } as unknown as StatementSync
  }
}

describe('a page that is longer than a text can be', () => {
  let connection: TightConnection

  beforeEach(async () => {
    const path = newFile()
    await using store = sqlite(path)
    for (const stream of ['a', 'b', 'a', 'a', 'b', 'b', 'b'])
      await store.events.append(stream, [{ type: 'A', payload: 1 }])
    connection = new TightConnection(path, openDatabase(path, { busyTimeout: 0, synchronous: 'full' }))
    return () => connection.close()
  })

  test.each([
    ['a string, for which Node gives nothing', () => undefined],
    [
      'SQLite, which says so',
      () => {
        throw Object.assign(new Error('string or blob too big'), { errcode: 18 })
      },
    ],
  ])('for %s, is read in smaller ones', (_, tooLong) => {
    connection.tooLong = tooLong
    const page = readPage(connection, { after: 0, limit: 10 })
    expect(page.events.map(({ id }) => id)).toEqual([1, 2])
    expect(page).toMatchObject({ through: 2, head: 7 })
    const filtered = readPage(connection, { after: 0, limit: 10, streams: ['b'] })
    expect(filtered.events.map(({ id, previous }) => [id, previous])).toEqual([
      [2, 0],
      [5, 2],
    ])
    expect(filtered).toMatchObject({ through: 5, head: 7 })
  })

  test('is a StoreError when it has one event', () => {
    connection.most = 0
    expect(() => readPage(connection, { after: 3, limit: 10 })).toThrow(StoreError)
    expect(() => readPage(connection, { after: 3, limit: 10 })).toThrow('the event after 3 is too large to be read')
  })

  test('passes on other errors of SQLite', () => {
    connection.tooLong = () => {
      throw Object.assign(new Error('disk I/O error'), { errcode: 10 })
    }
    expect(() => readPage(connection, { after: 0, limit: 10 })).toThrow('disk I/O error')
  })
})
