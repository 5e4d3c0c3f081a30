import { DatabaseSync } from 'node:sqlite'
import type { EventMark } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MIGRATIONS, WRITE_VERSION } from '../../../src/stores/sqlite/schema.ts'
import { newFile } from '../support/folder.ts'

const event = { type: 'A', payload: 1 }
const mark: EventMark = { position: 1, stream: 'a', revision: 1 }

/** A connection as a process of version 0.1.0 has one, to a file that it has made. */
function older(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  onTestFinished(() => db.close())
  db.exec('PRAGMA journal_mode = WAL')
  for (const step of MIGRATIONS) db.exec(step)
  db.prepare(WRITE_VERSION).run(MIGRATIONS.length)
  return db
}

/** The statements with which version 0.1.0 writes. */
const APPEND = `INSERT INTO rx_events (position, stream, type, payload, revision, recorded_at, metadata)
  VALUES (?, ?, ?, ?, ?, ?, ?)`
const SAVE_POSITION = 'INSERT OR REPLACE INTO rx_positions (name, position) VALUES (?, ?)'
const SAVE_SNAPSHOT = `INSERT OR REPLACE INTO rx_snapshots (name, version, "offset", state, saved_at) VALUES (?, ?, ?, ?, ?)`

describe('a file of version 0.1.0', () => {
  test('gets what this version adds, and keeps its schema version, so that the older one can open it', async () => {
    const path = newFile()
    const db = older(path)
    {
      await using store = sqlite(path)
      await store.events.append('a', [event])
    }
    await using again = sqlite(path)
    expect(again.events.read({ after: 0, limit: 1 })).toMatchObject({ head: 1 })
    expect(db.prepare('SELECT key, value FROM rx_meta ORDER BY key').all()).toEqual([
      { key: 'additions', value: 1 },
      { key: 'schema', value: 2 },
    ])
  })

  test('is read and written by both, also with statements that were prepared before', async () => {
    const path = newFile()
    const db = older(path)
    const [append, savePosition, saveSnapshot] = [APPEND, SAVE_POSITION, SAVE_SNAPSHOT].map((sql) => db.prepare(sql))
    append!.run(1, 'a', 'A', '1', 1, '2026-05-04T10:00:00.000Z', null)
    savePosition!.run('p', 1)
    saveSnapshot!.run('s', 1, 1, '"older"', '2026-05-04T10:00:00.000Z')

    await using store = sqlite(path)
    expect(store.positions.load('p')).toBe(1)
    expect(store.positions.loadMark?.('p')).toBeUndefined()
    expect(store.snapshots.load('s', 1)).toEqual({ offset: 1, state: 'older' })
    expect(await store.events.append('a', [event])).toEqual({ position: 2, revision: 2 })
    append!.run(3, 'a', 'A', '1', 3, '2026-05-04T10:00:00.000Z', null)
    expect(await store.events.append('a', [event])).toEqual({ position: 4, revision: 4 })
  })

  test('forgets a mark with what the older version saves over it', async () => {
    const path = newFile()
    const db = older(path)
    await using store = sqlite(path)
    store.positions.save('p', 1, { mark })
    store.snapshots.save('s', 1, { offset: 1, state: 'newer', mark })
    expect(store.positions.loadMark?.('p')).toEqual(mark)
    db.prepare(SAVE_POSITION).run('p', 2)
    db.prepare(SAVE_SNAPSHOT).run('s', 1, 1, '"older"', '2026-05-04T10:00:00.000Z')
    expect(store.positions.loadMark?.('p')).toBeUndefined()
    expect(store.snapshots.load('s', 1)).toEqual({ offset: 1, state: 'older' })
  })

  test('forgets a mark with a position that is set by hand', async () => {
    const path = newFile()
    const db = older(path)
    await using store = sqlite(path)
    store.positions.save('p', 9, { mark })
    db.exec("UPDATE rx_positions SET position = 0 WHERE name = 'p'")
    expect(store.positions.loadMark?.('p')).toBeUndefined()
  })

  test('with a mark that nobody can read has none', async () => {
    const path = newFile()
    const db = older(path)
    await using store = sqlite(path)
    for (const broken of ['{"cut', '[]', 'null', '{"position":0,"stream":"a"}', '{"position":1}']) {
      store.positions.save('p', 9, { mark })
      store.snapshots.save('s', 1, { offset: 9, state: 1, mark })
      db.prepare('UPDATE rx_marks SET mark = ?').run(broken)
      db.prepare('UPDATE rx_snapshots SET mark = ?').run(broken)
      expect(store.positions.loadMark?.('p')).toBeUndefined()
      expect(store.snapshots.load('s', 1)).toEqual({ offset: 9, state: 1 })
    }
  })

  test('that a later version has added to is opened', async () => {
    const path = newFile()
    await sqlite(path)[Symbol.asyncDispose]()
    const db = new DatabaseSync(path)
    db.exec("UPDATE rx_meta SET value = 99 WHERE key = 'additions'")
    db.close()
    await using store = sqlite(path)
    expect(await store.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
  })
})

describe('a mark', () => {
  test.each([
    [{ mark: 7 }, TypeError],
    [{ mark: { stream: 'a' } }, RangeError],
    [{ mark: { position: 0, stream: 'a' } }, RangeError],
    [{ mark: { position: 1, stream: '' } }, TypeError],
    [{ mark: { position: 1, stream: 'a', revision: 1.5 } }, RangeError],
    [{ mark: { position: 1, stream: 'a', recordedAt: 5 } }, TypeError],
  ])('that is none, %o, is refused, and nothing is saved', async (options, expected) => {
    await using store = sqlite(':memory:')
    expect(() => store.positions.save('p', 1, options as never)).toThrow(expected)
    expect(() => store.snapshots.save('s', 1, { offset: 1, state: 1, ...options } as never)).toThrow(expected)
    expect(store.positions.load('p')).toBe(0)
    expect(store.snapshots.load('s', 1)).toBeUndefined()
  })
})
