import { existsSync } from 'node:fs'
import { type LogPage, openStore, StoreError } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { newFile } from './support/folder.ts'

const event = { type: 'A', payload: 1 }

describe('openStore', () => {
  test('opens a new memory store by memory:', async () => {
    await using store = await openStore('memory:')
    await using other = await openStore('memory:')
    await store.events.append('a', [event])
    expect((other.events.read({ after: 0, limit: 1 }) as LogPage).head).toBe(0)
  })

  test('opens a SQLite file by sqlite:FILE, with its path as it is', async () => {
    const path = `${newFile()} with spaces #1?.db`
    {
      await using store = await openStore(`sqlite:${path}`)
      await store.events.append('a', [event])
    }
    expect(existsSync(path)).toBe(true)
    await using store = await openStore(`sqlite:${path}`)
    expect(await store.events.read({ after: 0, limit: 1 })).toMatchObject({ head: 1 })
  })

  test('opens a SQLite database in memory by sqlite::memory:', async () => {
    await using store = await openStore('sqlite::memory:')
    expect(await store.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
  })

  test('rejects with a StoreError for a store that cannot be opened', async () => {
    const path = `${newFile()}/missing/store.db`
    await expect(openStore(`sqlite:${path}`)).rejects.toThrow(StoreError)
  })

  test('rejects with a StoreError for a kind of store that there is not, without its credentials', async () => {
    const opening = openStore('redis://ann:secret@host/db')
    await expect(opening).rejects.toThrow(StoreError)
    await expect(opening).rejects.toThrow('redis: there is no such kind of store; there are memory, sqlite')
    await expect(openStore('constructor:x')).rejects.toThrow(StoreError)
  })

  test.each([
    ['sqlite://bank.db', '"sqlite:bank.db" or "sqlite:/bank.db"'],
    ['sqlite://data/bank.db', '"sqlite:data/bank.db" or "sqlite:/data/bank.db"'],
    ['sqlite:///srv/bank.db', '"sqlite:srv/bank.db" or "sqlite:/srv/bank.db"'],
    ['sqlite:////srv/bank.db', '"sqlite:/srv/bank.db"'],
    ['SQLite://bank.db', '"sqlite:bank.db"'],
    ['sqlite://:memory:', '"sqlite::memory:"'],
    ['sqlite://', '"sqlite:events.db"'],
    ['sqlite:', '"sqlite:events.db"'],
    ['bank.db', '"sqlite:bank.db"'],
    ['./bank.sqlite', '"sqlite:./bank.sqlite"'],
    ['/srv/bank', '"sqlite:/srv/bank"'],
    ['C:/srv/bank.db', '"sqlite:C:/srv/bank.db"'],
    [':memory:', '"memory:"'],
    ['memory', '"sqlite:events.db"'],
    ['memory:bank', '"memory:"'],
    ['memory://', '"memory:"'],
    ['postgres:', '"postgres://localhost/bank"'],
    ['postgres:bank', '"postgres://localhost/bank"'],
    ['postgres:/bank', '"postgres://localhost/bank"'],
    ['postgresql://', '"postgresql://localhost/bank"'],
    ['nats:', '"nats://localhost:4222/bank"'],
    ['nats://localhost', '"nats://localhost:4222/bank"'],
  ])('rejects with a TypeError for %s, and shows the right spelling: %s', async (url, spelling) => {
    const refusal = await openStore(url).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(TypeError)
    expect((refusal as TypeError).message).toContain(spelling)
  })

  test('makes no file for what it refuses', async () => {
    const path = newFile()
    await expect(openStore(`sqlite://${path}`)).rejects.toThrow(TypeError)
    expect(existsSync(path)).toBe(false)
  })

  test('takes the kind of a store in any case', async () => {
    const path = newFile()
    await using store = await openStore(`SQLite:${path}`)
    await store.events.append('a', [event])
    expect(existsSync(path)).toBe(true)
    await using other = await openStore('MEMORY:')
    expect(await other.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
  })

  test.each([
    ['sqlite:bank.db', '"bank.db"'],
    ['sqlite://bank.db', '"bank.db"'],
    ['SQLITE:///srv/bank.db', '"/srv/bank.db"'],
  ])('is what takes a URL: sqlite() refuses %s, and shows the path', (url, path) => {
    expect(() => sqlite(url)).toThrow(TypeError)
    expect(() => sqlite(url)).toThrow(path)
  })

  test.each(['', 'events.db', ':memory:', 'SQLITE', '/tmp/events.db', 'sqlite:', 'memory:name', undefined, 7])(
    'rejects with a TypeError for %s, which is no URL of a store',
    async (url) => {
      await expect(openStore(url as string)).rejects.toThrow(TypeError)
    },
  )
})
