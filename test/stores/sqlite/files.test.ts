import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type LogPage, StoreError, type UndecodableSnapshotError } from 'rx-projection'
import { type SqliteOptions, sqlite } from 'rx-projection/sqlite'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { newFile, temporaryFolder } from '../support/folder.ts'

const event = { type: 'A', payload: { text: 'x'.repeat(100) } }

/** Opens, runs and closes a connection of one's own. */
function edit(path: string, sql: string): readonly Record<string, unknown>[] {
  const db = new DatabaseSync(path)
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

async function filled(events = 3): Promise<string> {
  const path = newFile()
  await using store = sqlite(path)
  await store.events.append('a', new Array(events).fill(event))
  return path
}

function refusal(path: string): StoreError {
  try {
    void sqlite(path)[Symbol.asyncDispose]()
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError)
    return error as StoreError
  }
  throw new Error(`${path} was opened`)
}

describe('opening a file', () => {
  test('that is no database is a StoreError that names it, and leaves the file as it is', () => {
    const path = join(temporaryFolder(), 'notes.txt')
    const text = 'these are notes, and no database; '.repeat(50)
    writeFileSync(path, text)
    expect(refusal(path)).toMatchObject({ store: path, retryable: false, message: `${path}: file is not a database` })
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  test('in a folder that does not exist says so', () => {
    const path = join(temporaryFolder(), 'missing', 'store.db')
    expect(refusal(path).message).toContain(`there is no folder ${join(path, '..')}`)
  })

  test('that is a folder is a StoreError', () => {
    const path = temporaryFolder()
    expect(refusal(path).message).toContain(path)
  })

  test('of a newer schema is refused, and nothing in it is changed', async () => {
    const path = await filled()
    edit(path, "UPDATE rx_meta SET value = 99 WHERE key = 'schema'")
    edit(path, 'PRAGMA journal_mode = DELETE')
    expect(refusal(path).message).toMatch(/newer rx-projection \(schema 99; this one knows \d+\)/)
    expect(edit(path, "SELECT value FROM rx_meta WHERE key = 'schema'")).toEqual([{ value: 99 }])
    expect(edit(path, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'delete' }])
  })

  test('that is refused does not stay open', async () => {
    const path = await filled()
    edit(path, 'DELETE FROM rx_meta')
    expect(refusal(path)).toBeInstanceOf(StoreError)
    expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([false, false])
  })

  test('without a schema version is refused', async () => {
    const path = await filled()
    edit(path, 'DELETE FROM rx_meta')
    expect(refusal(path).message).toMatch(/names no schema version/)
  })

  test('with a table of the same name that is somebody else’s is refused', () => {
    const path = newFile()
    edit(path, 'CREATE TABLE rx_events (id TEXT)')
    expect(refusal(path).message).toMatch(/its table rx_events is not one of rx-projection/)
  })

  test('in which a table cannot be made is a StoreError, and gets none at all', () => {
    const path = newFile()
    edit(path, 'CREATE VIEW rx_positions AS SELECT 1')
    expect(refusal(path).message).toMatch(/rx_positions already exists/)
    expect(edit(path, 'SELECT name FROM sqlite_schema')).toEqual([{ name: 'rx_positions' }])
  })

  test('that another process does not let go of is a StoreError, after the busy timeout', () => {
    const path = newFile()
    edit(path, 'CREATE TABLE customers (name TEXT)')
    const other = new DatabaseSync(path)
    other.exec('BEGIN; SELECT * FROM customers')
    expect(() => sqlite(path, { busyTimeout: 12 })).toThrow(StoreError)
    expect(() => sqlite(path, { busyTimeout: 0 })).toThrow(/database is locked/)
    other.close()
  })

  test('that SQLite calls locked without waiting, as of two who make it at once, is tried again', async () => {
    const locked = Object.assign(new Error('database is locked'), { errcode: 5 })
    const exec = vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementationOnce(() => {
      throw locked
    })
    const wait = vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out')
    onTestFinished(() => {
      vi.restoreAllMocks()
    })
    await using store = sqlite(newFile())
    expect(exec.mock.calls.slice(0, 2)).toEqual([['PRAGMA journal_mode = WAL'], ['PRAGMA journal_mode = WAL']])
    expect(wait).toHaveBeenCalledOnce()
    expect(await store.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
  })

  test('with other tables in it adds its own, and leaves those alone', async () => {
    const path = newFile()
    edit(path, 'CREATE TABLE customers (name TEXT)')
    edit(path, "INSERT INTO customers VALUES ('ann')")
    edit(path, 'PRAGMA user_version = 7')
    await using store = sqlite(path)
    await store.events.append('a', [event])
    expect(edit(path, 'SELECT name FROM customers')).toEqual([{ name: 'ann' }])
    expect(edit(path, 'PRAGMA user_version')).toEqual([{ user_version: 7 }])
  })

  test('uses WAL, and one file alone is left after the last disposal', async () => {
    const path = await filled()
    expect(edit(path, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }])
    expect([existsSync(`${path}-wal`), existsSync(`${path}-shm`)]).toEqual([false, false])
  })

  test.each([
    ['full', 2],
    ['normal', 1],
  ] as const)('commits with synchronous = %s', async (synchronous, level) => {
    await using store = sqlite(newFile(), { synchronous })
    const read = store.transactions.run(({ context }) => context.db.prepare('PRAGMA synchronous').get())
    expect(read).toEqual({ synchronous: level })
  })

  test('waits for others as long as it is told, 5 seconds by default', async () => {
    for (const [options, timeout] of [
      [undefined, 5_000],
      [{ busyTimeout: 70 }, 70],
    ] as const) {
      await using store = sqlite(newFile(), options)
      expect(store.transactions.run(({ context }) => context.db.prepare('PRAGMA busy_timeout').get())).toEqual({
        timeout,
      })
    }
  })

  test('checks its arguments', () => {
    for (const path of ['', 'a\0b', undefined, 7]) expect(() => sqlite(path as string)).toThrow(TypeError)
    const wrong: readonly [unknown, typeof Error][] = [
      [{ busyTimeout: -1 }, RangeError],
      [{ busyTimeout: 2 ** 31 }, RangeError],
      [{ busyTimeout: 1.5 }, RangeError],
      [{ synchronous: 'off' }, RangeError],
      [{ keep: 0 }, RangeError],
      [{ now: 'now' }, TypeError],
      ['options', TypeError],
      [null, TypeError],
    ]
    const path = newFile()
    for (const [options, expected] of wrong) expect(() => sqlite(path, options as SqliteOptions)).toThrow(expected)
    expect(existsSync(path)).toBe(false)
  })
})

describe('a damaged file', () => {
  test('is a StoreError when it is read, or opened', async () => {
    const path = await filled(2_000)
    truncateSync(path, 40_000)
    const read = () => {
      const store = sqlite(path)
      try {
        store.events.read({ after: 0, limit: 5_000 })
      } finally {
        void store[Symbol.asyncDispose]()
      }
    }
    expect(read).toThrow(StoreError)
  })

  test('is a StoreError also for a store that is open', async () => {
    const path = await filled(2_000)
    await using store = sqlite(path)
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(200_000, 7), 0, 200_000, 4_096)
    closeSync(file)
    const read = () => store.events.read({ after: 0, limit: 5_000 })
    expect(read).toThrow(StoreError)
    expect(read).toThrow(`${path}: database disk image is malformed`)
  })

  test('names the event whose payload is no JSON', async () => {
    const path = await filled(5)
    for (const broken of ['{"cut', '1,2', '', '1],[2']) {
      edit(path, `UPDATE rx_events SET payload = '${broken}' WHERE position = 3`)
      await using store = sqlite(path)
      const page = store.events.read({ after: 0, limit: 2 }) as LogPage
      expect(page.events.map(({ id }) => id)).toEqual([1, 2])
      expect(() => store.events.read({ after: 0, limit: 10 })).toThrow(
        'the payload or the metadata of event 3 is no JSON',
      )
    }
  })

  test('names the event whose metadata is no JSON', async () => {
    const path = await filled(2)
    edit(path, `UPDATE rx_events SET metadata = '{' WHERE position = 2`)
    await using store = sqlite(path)
    expect(() => store.events.read({ after: 1, limit: 10 })).toThrow(
      'the payload or the metadata of event 2 is no JSON',
    )
  })
})

describe('the snapshots of a file', () => {
  test.each([
    [undefined, [3, 4, 5]],
    [{ keep: 1 }, [5]],
    [{ keep: 4 }, [2, 3, 4, 5]],
  ] as const)('are kept, with %o: the last %o', async (options, kept) => {
    const path = newFile()
    await using store = sqlite(path, options)
    for (let offset = 1; offset <= 5; offset++) store.snapshots.save('a', 1, { offset, state: offset })
    store.snapshots.save('a', 1, { offset: 5, state: 'again' })
    store.snapshots.save('a', 2, { offset: 1, state: 1 })
    const offsets = edit(path, `SELECT "offset" FROM rx_snapshots WHERE name = 'a' AND version = 1 ORDER BY "offset"`)
    expect(offsets).toEqual(kept.map((offset) => ({ offset })))
  })

  test('that cannot be decoded are told from the newest on, with their cause', async () => {
    const path = newFile()
    await using store = sqlite(path)
    for (let offset = 1; offset <= 3; offset++) store.snapshots.save('a', 1, { offset, state: offset })
    edit(path, `UPDATE rx_snapshots SET state = '{' WHERE "offset" > 1`)
    const reported: UndecodableSnapshotError[] = []
    const loaded = store.snapshots.load('a', 1, { onUndecodable: (error) => reported.push(error) })
    expect(loaded).toEqual({ offset: 1, state: 1 })
    expect(reported.map(({ offset }) => offset)).toEqual([3, 2])
    expect(reported[0]!.cause).toBeInstanceOf(SyntaxError)
  })
})

describe('the events of a file', () => {
  test('get the time that the option now tells', async () => {
    await using store = sqlite(':memory:', { now: () => '2026-05-04T10:00:00.000Z' })
    await store.events.append('a', [event, { ...event, recordedAt: '2020-01-01T00:00:00Z' }])
    const { events } = store.events.read({ after: 0, limit: 2 }) as LogPage
    expect(events.map(({ recordedAt }) => recordedAt)).toEqual(['2026-05-04T10:00:00.000Z', '2020-01-01T00:00:00Z'])
  })

  test('are refused when the option now tells no time, and nothing is stored', async () => {
    await using store = sqlite(':memory:', { now: () => 'noon' })
    await expect(store.events.append('a', [event])).rejects.toThrow(TypeError)
    expect((store.events.read({ after: 0, limit: 1 }) as LogPage).head).toBe(0)
  })

  test('are one row of text each, for any SQL', async () => {
    const path = await filled(1)
    expect(edit(path, "SELECT position, stream, revision, type, payload ->> 'text' AS text FROM rx_events")).toEqual([
      { position: 1, stream: 'a', revision: 1, type: 'A', text: event.payload.text },
    ])
  })

  test('come decoded together however much text a page has', async () => {
    await using store = sqlite(':memory:')
    const long = { type: 'Long', payload: 'y'.repeat(50_000) }
    await store.events.append('a', [event, long, long, event, long])
    const { events } = store.events.read({ after: 0, limit: 10 }) as LogPage
    expect(events.map(({ type }) => type)).toEqual(['A', 'Long', 'Long', 'A', 'Long'])
    expect(events.map(({ payload }) => payload)).toEqual([event, long, long, event, long].map(({ payload }) => payload))
  })
})
