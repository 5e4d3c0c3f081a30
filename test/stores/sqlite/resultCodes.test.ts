import { chmodSync, closeSync, openSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { defineProjector, type EventType, StateTooLargeError, StoreError, startProjector } from 'rx-projection'
import { type SqliteContext, type SqliteStore, sqlite } from 'rx-projection/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { storeFailure } from '../../../src/stores/sqlite/errors.ts'
import { READONLY_DBMOVED, RESULT_CODES } from '../../../src/stores/sqlite/resultCodes.ts'
import { newFile } from '../support/folder.ts'

const event = { type: 'A', payload: 'x'.repeat(500) }

/** SQLite's own list, and what becomes of each. */
const CODES: readonly [name: string, code: number, verdict: 'passes' | 'permanent'][] = [
  ['ERROR', 1, 'passes'],
  ['INTERNAL', 2, 'passes'],
  ['PERM', 3, 'passes'],
  ['ABORT', 4, 'passes'],
  ['BUSY', 5, 'passes'],
  ['LOCKED', 6, 'passes'],
  ['NOMEM', 7, 'passes'],
  ['READONLY', 8, 'passes'],
  ['INTERRUPT', 9, 'passes'],
  ['IOERR', 10, 'passes'],
  ['CORRUPT', 11, 'permanent'],
  ['NOTFOUND', 12, 'passes'],
  ['FULL', 13, 'passes'],
  ['CANTOPEN', 14, 'passes'],
  ['PROTOCOL', 15, 'passes'],
  ['SCHEMA', 17, 'passes'],
  ['TOOBIG', 18, 'permanent'],
  ['CONSTRAINT', 19, 'passes'],
  ['MISMATCH', 20, 'permanent'],
  ['MISUSE', 21, 'permanent'],
  ['NOLFS', 22, 'passes'],
  ['AUTH', 23, 'passes'],
  ['FORMAT', 24, 'permanent'],
  ['RANGE', 25, 'permanent'],
  ['NOTADB', 26, 'permanent'],
  ['BUSY_RECOVERY', 5 | (1 << 8), 'passes'],
  ['BUSY_SNAPSHOT', 5 | (2 << 8), 'passes'],
  ['IOERR_READ', 10 | (1 << 8), 'passes'],
  ['IOERR_SHORT_READ', 10 | (2 << 8), 'passes'],
  ['IOERR_WRITE', 10 | (3 << 8), 'passes'],
  ['IOERR_FSYNC', 10 | (4 << 8), 'passes'],
  ['IOERR_NOMEM', 10 | (12 << 8), 'passes'],
  ['READONLY_RECOVERY', 8 | (1 << 8), 'passes'],
  ['READONLY_DBMOVED', READONLY_DBMOVED, 'permanent'],
  ['READONLY_DIRECTORY', 8 | (6 << 8), 'passes'],
  ['CORRUPT_INDEX', 11 | (3 << 8), 'permanent'],
  ['CANTOPEN_FULLPATH', 14 | (3 << 8), 'passes'],
  ['a code that is not known', 99, 'passes'],
]

const failing = (errcode: number): Error => Object.assign(new Error('a failure of SQLite'), { errcode })

async function failureOf(store: SqliteStore): Promise<unknown> {
  return store.events.append('a', [event]).then(
    () => 'appended',
    (error: unknown) => error,
  )
}

/** Checks that a failure may pass: an error of SQLite, as it is, and none that forbids a retry. */
function passes(failure: unknown, code: number): void {
  expect(failure).toMatchObject({ code: 'ERR_SQLITE_ERROR' })
  expect((failure as { errcode: number }).errcode & 0xff).toBe(code)
  expect(failure).not.toHaveProperty('retryable')
}

describe('of an open file', () => {
  test.each(CODES)('%s (%i) %s', (_, code, verdict) => {
    const error = failing(code)
    const failure = storeFailure('bank.db', error)
    if (verdict === 'passes') expect(failure).toBe(error)
    else expect(failure).toMatchObject({ name: 'StoreError', retryable: false, store: 'bank.db', cause: error })
  })

  test('the table of result codes decides about each of them, and says why', () => {
    const primary = CODES.filter(([, code]) => code < 27)
    expect(Object.keys(RESULT_CODES).map(Number)).toEqual(primary.map(([, code]) => code))
    for (const [name, code, verdict] of primary) {
      expect(RESULT_CODES[code]).toEqual([name, verdict, expect.stringMatching(/^\S.{8,}/)])
    }
  })

  test('errors of others stay what they are', () => {
    for (const error of [new Error('mine'), undefined, 'text', { errcode: '11' }]) {
      expect(storeFailure('bank.db', error)).toBe(error)
    }
  })

  test('a lock of another connection (BUSY) passes', async () => {
    const path = newFile()
    await using store = sqlite(path, { busyTimeout: 0 })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    passes(await failureOf(store), 5)
    expect(() => store.leases.acquire('a', { owner: 'me', ttl: 1_000 })).toThrow(/locked/)
    other.exec('COMMIT')
    other.close()
    expect(await failureOf(store)).toBe('appended')
  })

  test('a full disk (FULL) passes, and leaves nothing behind', async () => {
    await using store = sqlite(newFile())
    const limit = (pages: number) =>
      store.transactions.run(({ context }) => void context.db.exec(`PRAGMA max_page_count = ${pages}`))
    limit(1)
    let failure: unknown
    for (let appends = 0; failure === undefined && appends < 100; appends++) {
      const result = await failureOf(store)
      if (result !== 'appended') failure = result
    }
    passes(failure, 13)
    const { head } = store.events.read({ after: 0, limit: 1 }) as { head: number }
    limit(1_000_000)
    expect(await store.events.append('a', [event])).toEqual({ position: head + 1, revision: head + 1 })
  })

  test('a database that takes no writes (READONLY) passes', async () => {
    await using store = sqlite(newFile())
    const db = store.transactions.run(({ context }) => context.db) as DatabaseSync
    db.exec('PRAGMA query_only = true')
    passes(await failureOf(store), 8)
    db.exec('PRAGMA query_only = false')
    expect(await failureOf(store)).toBe('appended')
  })

  test('a file that may not be written any more does not disturb who has it open', async () => {
    const path = newFile()
    await using store = sqlite(path)
    chmodSync(path, 0o400)
    expect(await failureOf(store)).toBe('appended')
  })

  test('a table that is missing for a while (ERROR) passes', async () => {
    await using store = sqlite(newFile())
    const rename = (from: string, to: string) =>
      store.transactions.run(({ context }) => void context.db.exec(`ALTER TABLE ${from} RENAME TO ${to}`))
    rename('rx_events', 'rx_away')
    passes(await failureOf(store), 1)
    expect(() => store.events.read({ after: 0, limit: 1 })).toThrow(/no such table/)
    rename('rx_away', 'rx_events')
    expect(await failureOf(store)).toBe('appended')
  })

  test('a text that is too long (TOOBIG) does not: a payload, or a state, which is named', async () => {
    await using store = sqlite(newFile())
    store.transactions.run(({ context }) => {
      const { limits } = context.db as unknown as { limits: { length: number } }
      limits.length = 10_000
    })
    const payload = 'x'.repeat(20_000)
    const failure = { name: 'StoreError', retryable: false, message: expect.stringMatching(/too big/) }
    await expect(store.events.append('a', [{ type: 'Long', payload }])).rejects.toMatchObject(failure)
    expect(() => store.snapshots.save('p', 1, { offset: 1, state: payload })).toThrow(StateTooLargeError)
    expect(() => store.snapshots.save('p', 1, { offset: 1, state: payload })).toThrow(
      expect.objectContaining({ projection: 'p', size: 20_002 }),
    )
    expect(await failureOf(store)).toBe('appended')
  })

  test('a damaged page (CORRUPT) does not', async () => {
    const path = newFile()
    {
      await using filled = sqlite(path)
      await filled.events.append('a', new Array(500).fill(event))
    }
    const file = openSync(path, 'r+')
    for (let page = 8; page < 60; page++) writeSync(file, Buffer.alloc(4_096, 0xaa), 0, 4_096, page * 4_096)
    closeSync(file)
    await using store = sqlite(path)
    const read = () => store.events.read({ after: 0, limit: 1_000 })
    expect(read).toThrow(StoreError)
    expect(read).toThrow(expect.objectContaining({ retryable: false, message: expect.stringMatching(/malformed/) }))
  })

  test('what passes is retried until it has passed, also where the handler meets it, whose fault it is not', async () => {
    const path = newFile()
    await using store = sqlite(path, { busyTimeout: 0 })
    await store.events.append('a', [event])
    const other = new DatabaseSync(path)
    onTestFinished(() => {
      if (other.isOpen) other.close()
    })
    other.exec('BEGIN IMMEDIATE')
    const handled: number[] = []
    const failures: unknown[] = []
    await using projector = startProjector(
      defineProjector<EventType, SqliteContext>({
        name: 'mails',
        process({ id }, { db }) {
          db.exec('CREATE TABLE IF NOT EXISTS sent (id INTEGER)')
          handled.push(id)
        },
      }),
      {
        store,
        retry: { delay: 1, entropy: 0 },
        // It would be poison, if it were the handler that failed.
        handlerFailures: 1,
        onError(error) {
          failures.push(error)
          if (failures.length === 3) other.close()
        },
      },
    )
    await projector.whenProcessed(1)
    expect(failures).toHaveLength(3)
    for (const failure of failures) passes(failure, 5)
    expect(store.positions.load('mails')).toBe(1)
    expect(handled).toEqual([1])
  })
})
