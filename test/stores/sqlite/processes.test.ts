import { DatabaseSync } from 'node:sqlite'
import type { LogPage } from 'rx-projection'
import { followLog } from 'rx-projection/operators'
import { sqlite } from 'rx-projection/sqlite'
import { filter, firstValueFrom, map, mergeAll, scan } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { newFile } from '../support/folder.ts'
import { startWriter } from './support/startWriter.ts'

const TIMEOUT = 60_000

function readAll(path: string): LogPage['events'] {
  const store = sqlite(path)
  const { events } = store.events.read({ after: 0, limit: 100_000 }) as LogPage
  void store[Symbol.asyncDispose]()
  return events
}

describe('several processes on one file', { timeout: TIMEOUT }, () => {
  test('append side by side: positions and revisions have no holes, and every append is whole', async () => {
    const path = newFile()
    const writers = ['shared', 'shared', 'own'].map((stream) => startWriter('append', path, stream, '150'))
    expect(await Promise.all(writers.map((writer) => writer.says()))).toEqual(['ready', 'ready', 'ready'])
    // All of them open the file, which does not exist yet, at once.
    for (const writer of writers) writer.goOn()
    await Promise.all(writers.map((writer) => writer.ends()))

    const events = readAll(path)
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 900 }, (_, index) => index + 1))
    for (const [stream, length] of [
      ['shared', 600],
      ['own', 300],
    ] as const) {
      const own = events.filter((event) => event.stream === stream)
      expect(own.map(({ revision }) => revision)).toEqual(Array.from({ length }, (_, index) => index + 1))
    }
    for (let index = 0; index < events.length; index += 2) {
      const [first, second] = events.slice(index, index + 2)
      expect([first!.type, second!.type, second!.stream, second!.payload]).toEqual([
        'First',
        'Second',
        first!.stream,
        first!.payload,
      ])
    }
  })

  test('a reader sees the appends of another process through the file, without polling', async () => {
    const path = newFile()
    await using store = sqlite(path)
    const writer = startWriter('append', path, 'a', '20')
    await writer.says()
    const all = followLog(store, { catchUpAfter: 2 ** 31 - 1 }).pipe(
      mergeAll(),
      map(({ id }) => id),
      scan((ids: readonly number[], id) => [...ids, id], []),
      filter((ids) => ids.length === 40),
    )
    const seen = firstValueFrom(all)
    writer.goOn()
    expect(await seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1))
    await writer.ends()
  })

  test('a process that is killed within a transaction leaves nothing of it behind, and no lock', async () => {
    const path = newFile()
    {
      await using store = sqlite(path)
      store.transactions.run(({ context }) => context.db.exec('CREATE TABLE sent (mail TEXT)'))
      await store.events.append('a', [{ type: 'Kept', payload: null }])
    }
    const writer = startWriter('hang', path)
    expect(await writer.says()).toBe('within the transaction')
    await writer.kill()

    await using store = sqlite(path, { busyTimeout: 0 })
    expect(await store.events.append('a', [{ type: 'Next', payload: null }])).toEqual({ position: 2, revision: 2 })
    expect(store.snapshots.load('a', 1)).toBeUndefined()
    expect(store.positions.load('a')).toBe(0)
    expect(store.transactions.run(({ context }) => context.db.prepare('SELECT mail FROM sent').all())).toEqual([])
  })

  test('a process that is killed while it appends leaves whole appends without holes', async () => {
    const path = newFile()
    const writer = startWriter('forever', path)
    expect(await writer.says()).toBe('under way')
    await writer.kill()

    const events = readAll(path)
    expect(events.length).toBeGreaterThanOrEqual(402)
    expect(events.length % 2).toBe(0)
    expect(events.map(({ id, revision }) => [id, revision])).toEqual(events.map((_, index) => [index + 1, index + 1]))
    const db = new DatabaseSync(path)
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }])
    db.close()
  })

  test('a write waits for another process, and says that the file is locked when that takes too long', async () => {
    const path = newFile()
    await using store = sqlite(path, { busyTimeout: 0 })
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    await expect(store.events.append('a', [{ type: 'A', payload: 1 }])).rejects.toThrow(/locked/)
    expect(() => store.snapshots.save('a', 1, { offset: 1, state: 1 })).toThrow(/locked/)
    other.exec('ROLLBACK')
    other.close()
    expect(await store.events.append('a', [{ type: 'A', payload: 1 }])).toEqual({ position: 1, revision: 1 })
  })
})
