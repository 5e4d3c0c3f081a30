import { copyFileSync, renameSync, symlinkSync, truncateSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { defineProjection, type LogPage, StoreError, startProjection } from 'rx-projection'
import { type SqliteStore, sqlite } from 'rx-projection/sqlite'
import { filter, firstValueFrom, timeout } from 'rxjs'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { newFile, temporaryFolder } from '../support/folder.ts'

const event = { type: 'A', payload: 'x'.repeat(500) }

const count = defineProjection<number>({ name: 'count', initialState: () => 0, evolve: (state) => state + 1 })

/** A store with some events in its file, which has seen how large the file is. */
async function filled(path: string): Promise<SqliteStore> {
  const store = sqlite(path)
  await store.events.append('a', new Array(200).fill(event))
  checkpoint(path)
  store.positions.save('any', 1)
  return store
}

function checkpoint(path: string): void {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA wal_checkpoint(PASSIVE)')
  db.close()
}

async function replace(path: string): Promise<void> {
  const other = newFile()
  await (await filled(other))[Symbol.asyncDispose]()
  renameSync(other, path)
}

/** What happens to the files of a store that is open, and what the store says of it. */
const losses: readonly [what: string, lose: (path: string) => void | Promise<void>, says: RegExp][] = [
  ['the file is deleted', (path) => unlinkSync(path), /store\.db was deleted or moved while the store was open/],
  ['the file is moved', (path) => renameSync(path, `${path}.old`), /store\.db was deleted or moved/],
  ['another file is moved over it', replace, /store\.db was replaced by another file/],
  ['its -wal is deleted', (path) => unlinkSync(`${path}-wal`), /store\.db-wal was deleted or moved/],
  ['it is truncated to nothing', (path) => truncateSync(path, 0), /store\.db was truncated/],
  ['its end is cut off', (path) => truncateSync(path, 8_192), /store\.db was truncated/],
]

describe('an open store', () => {
  test.each(losses)('acknowledges no append after %s, and never again', async (_, lose, says) => {
    const path = newFile()
    const store = await filled(path)
    onTestFinished(() => store[Symbol.asyncDispose]())
    await lose(path)
    const failure = await store.events.append('a', [event]).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StoreError)
    expect(failure).toMatchObject({ retryable: false, store: path, message: expect.stringMatching(says) })
    const again = [
      () => store.events.read({ after: 0, limit: 1 }),
      () => store.snapshots.save('a', 1, { offset: 1, state: 1 }),
      () => store.positions.save('a', 1),
      () => store.leases.acquire('a', { owner: 'me', ttl: 1_000 }),
      () => store.transactions.run(({ context }) => context.db),
    ]
    for (const call of again) expect(call).toThrow(says)
  })

  test.each(losses)('faults the runs that are live after %s and an append', async (_, lose, says) => {
    const path = newFile()
    const store = await filled(path)
    onTestFinished(() => store[Symbol.asyncDispose]())
    const projection = startProjection(count, { store, snapshotEvery: Infinity })
    await projection.whenCaughtUp()
    const fault = projection.whenProcessed(1_000).catch((error: unknown) => error)
    projection.state$.subscribe({ error: () => undefined })
    await lose(path)
    await store.events.append('a', [event]).catch(() => undefined)
    expect(await fault).toMatchObject({ name: 'StoreError', message: expect.stringMatching(says) })
  })

  test.each(losses)('faults the runs that are live after %s, also where nothing is written', async (_, lose, says) => {
    const path = newFile()
    const store = await filled(path)
    onTestFinished(() => store[Symbol.asyncDispose]())
    const projection = startProjection(count, { store, snapshotEvery: Infinity })
    projection.state$.subscribe({ error: () => undefined })
    await projection.whenCaughtUp()
    const fault = projection.whenProcessed(1_000, { timeout: 20_000 }).catch((error: unknown) => error)
    await lose(path)
    expect(await fault).toMatchObject({ name: 'StoreError', message: expect.stringMatching(says) })
    const status = projection.status$.pipe(
      filter((now) => now === 'faulted'),
      timeout(5_000),
    )
    expect(await firstValueFrom(status)).toBe('faulted')
  })

  test.each(losses)('errors its hints after %s in the moment in which these are subscribed', async (_, lose, says) => {
    const path = newFile()
    const store = await filled(path)
    onTestFinished(() => store[Symbol.asyncDispose]())
    const ended = new Promise<unknown>((resolve) => {
      store.events.hints$.subscribe({ error: resolve, complete: () => resolve('completed') })
    })
    await lose(path)
    expect(await ended).toMatchObject({ name: 'StoreError', message: expect.stringMatching(says) })
  })

  test('finds a -shm that was deleted when it looks again', async () => {
    const path = newFile()
    const store = await filled(path)
    onTestFinished(() => store[Symbol.asyncDispose]())
    unlinkSync(`${path}-shm`)
    const now = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => now + 1_001)
    onTestFinished(() => void vi.restoreAllMocks())
    expect(() => store.events.read({ after: 0, limit: 1 })).toThrow(/store\.db-shm was deleted or moved/)
  })

  test('finds that a link leads to another file', async () => {
    const folder = temporaryFolder()
    const [one, two, link] = ['one.db', 'two.db', 'link.db'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await (await filled(one))[Symbol.asyncDispose]()
    await (await filled(two))[Symbol.asyncDispose]()
    symlinkSync(one, link)
    await using store = sqlite(link)
    await store.events.append('a', [event])
    unlinkSync(link)
    symlinkSync(two, link)
    await expect(store.events.append('a', [event])).rejects.toThrow(/link\.db was replaced by another file/)
  })

  test('leaves nothing of what it refused, where the file is moved back', async () => {
    const path = newFile()
    const store = await filled(path)
    renameSync(path, `${path}.away`)
    await store.events.append('a', [event]).catch(() => undefined)
    renameSync(`${path}.away`, path)
    await expect(store.events.append('a', [event])).rejects.toThrow(StoreError)
    await store[Symbol.asyncDispose]()
    await using again = sqlite(path)
    expect(again.events.read({ after: 0, limit: 1 })).toMatchObject({ head: 200 })
    expect(await again.events.append('a', [event])).toEqual({ position: 201, revision: 201 })
  })

  test('leaves the file alone that came in its place, when it is closed', async () => {
    const path = newFile()
    const store = await filled(path)
    unlinkSync(path)
    unlinkSync(`${path}-wal`)
    unlinkSync(`${path}-shm`)
    await using other = sqlite(path)
    await other.events.append('b', [event, event])
    await expect(store.events.append('a', [event])).rejects.toThrow(/replaced by another file/)
    await store[Symbol.asyncDispose]()
    await other.events.append('b', [event])
    expect((other.events.read({ after: 0, limit: 9 }) as LogPage).events.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(other.transactions.run(({ context }) => context.db.prepare('PRAGMA integrity_check').get())).toEqual({
      integrity_check: 'ok',
    })
  })

  test('loses nothing of what it wrote before its -wal was deleted, when it is closed', async () => {
    const path = newFile()
    const store = await filled(path)
    await store.events.append('a', [event])
    unlinkSync(`${path}-wal`)
    await expect(store.events.append('a', [event])).rejects.toThrow(StoreError)
    await store[Symbol.asyncDispose]()
    await using again = sqlite(path)
    expect(again.events.read({ after: 0, limit: 1 })).toMatchObject({ head: 201 })
  })

  test.each([
    ['VACUUM', 'DELETE FROM rx_events WHERE position > 5; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'],
    ['a checkpoint', 'PRAGMA wal_checkpoint(TRUNCATE)'],
    ['VACUUM without a checkpoint', 'DELETE FROM rx_events WHERE position > 5; VACUUM'],
  ])('goes on after %s by another connection', async (_, sql) => {
    const path = newFile()
    await using store = await filled(path)
    const other = new DatabaseSync(path)
    other.exec(sql)
    other.close()
    expect(await store.events.append('a', [event])).toEqual({ position: 201, revision: 201 })
    checkpoint(path)
    expect(await store.events.append('a', [event])).toEqual({ position: 202, revision: 202 })
  })

  test('goes on where files come and go beside it, and where its file is copied', async () => {
    const path = newFile()
    await using store = await filled(path)
    copyFileSync(path, `${path}.copy`)
    unlinkSync(`${path}.copy`)
    expect(await store.events.append('a', [event])).toEqual({ position: 201, revision: 201 })
  })

  test('finds its file also after the process went to another folder', async () => {
    const folder = process.cwd()
    process.chdir(temporaryFolder())
    onTestFinished(() => process.chdir(folder))
    await using store = sqlite('store.db')
    process.chdir(folder)
    expect(await store.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
  })

  test('says that its connection was closed by somebody else', async () => {
    const store = await filled(newFile())
    const db = store.transactions.run(({ context }) => context.db) as DatabaseSync
    db.close()
    const failure = { name: 'StoreError', message: expect.stringContaining('its connection was closed') }
    await expect(store.events.append('a', [event])).rejects.toMatchObject(failure)
    expect(() => store.events.read({ after: 0, limit: 1 })).toThrow(expect.objectContaining(failure))
    await store[Symbol.asyncDispose]()
  })

  test('in memory has no files to lose', async () => {
    await using store = sqlite(':memory:')
    expect(await store.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
  })
})
