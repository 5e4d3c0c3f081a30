import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openStore, StoreError } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import { describe, expect, test } from 'vitest'
import { PASSWORD } from '../../support/postgresServer.ts'
import { describeOnOwnServer } from './support/onServer.ts'
import { newSchema } from './support/openers.ts'

const event = { type: 'A', payload: 1 }

describeOnOwnServer('the tables of a store', (on) => {
  test('are made once by five processes that begin together', { timeout: 60_000 }, async () => {
    const schema = newSchema()
    const script = fileURLToPath(new URL('support/openingProcess.ts', import.meta.url))
    const children = Array.from({ length: 5 }, () =>
      spawn(process.execPath, ['--conditions=rx-projection-source', script, on.url, schema], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    const exits = children.map((child) => once(child, 'exit'))
    await Promise.all(children.map((child) => once(child.stdout, 'data')))
    for (const child of children) child.stdin.end('go\n')
    expect((await Promise.all(exits)).map(([code]) => code)).toEqual(Array.from({ length: 5 }, () => 0))
    await using store = postgres({ connectionString: on.url, schema })
    const { events } = await store.events.read({ after: 0, limit: 100 })
    expect(events.map(({ id, revision }) => [id, revision])).toEqual(
      Array.from({ length: 5 }, (_, n) => [n + 1, n + 1]),
    )
  })

  test('of a newer version are refused, and left as they are', async () => {
    const schema = 'newer'
    await using store = postgres({ connectionString: on.url, schema })
    await store.events.append('a', [event])
    await on.run(`UPDATE newer.meta SET value = '99' WHERE key = 'schema'`)
    await using older = postgres({ connectionString: on.url, schema })
    await expect(older.open()).rejects.toThrow(StoreError)
    await expect(older.positions.load('a')).rejects.toThrow(
      /schema "newer" was made by a newer rx-projection \(version 99; this one knows \d+\)/,
    )
    expect((await on.run('SELECT value FROM newer.meta')).rows).toEqual([{ value: '99' }])
  })

  test('are not put beside tables of that name which are not theirs', async () => {
    await on.run('CREATE SCHEMA strange; CREATE TABLE strange.events (id int)')
    await using store = postgres({ connectionString: on.url, schema: 'strange' })
    await expect(store.open()).rejects.toThrow(/schema "strange" has a table events that is not rx-projection's/)
  })

  test('need no right to create anything when they are there', async () => {
    const schema = 'given'
    await using owner = postgres({ connectionString: on.url, schema })
    await owner.open()
    await on.run(`CREATE ROLE worker LOGIN PASSWORD 'word'; GRANT USAGE ON SCHEMA given TO worker;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA given TO worker;
      GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA given TO worker`)
    const url = new URL(on.url)
    url.username = 'worker'
    url.password = 'word'
    await using store = postgres({ connectionString: url.href, schema })
    expect(await store.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
    expect(await store.events.read({ after: 0, limit: 9 })).toMatchObject({ through: 1, head: 1 })
  })

  test('a failure to open is not kept: the next call tries again', async () => {
    await on.server.stop()
    await using store = postgres({ connectionString: on.url, schema: newSchema() })
    await expect(store.positions.load('a')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await on.server.start()
    expect(await store.positions.load('a')).toBe(0)
  })
})

describeOnOwnServer('what can never work is a StoreError without the password', (on) => {
  const secret = 'n0t-the-Password'

  async function failureOf(change: (url: URL) => void): Promise<StoreError> {
    const url = new URL(on.url)
    change(url)
    await using store = postgres({ connectionString: url.href })
    const error: unknown = await store.open().then(
      () => undefined,
      (reason) => reason,
    )
    expect(error).toBeInstanceOf(StoreError)
    const whole = `${error} ${(error as Error).stack} ${JSON.stringify(error)} ${(error as Error).cause}`
    expect(whole).not.toContain(secret)
    expect(whole).not.toContain(PASSWORD)
    return error as StoreError
  }

  test('a wrong password', async () => {
    const error = await failureOf((url) => {
      url.password = secret
    })
    expect(error.message).toMatch(
      /^postgres:\/\/127\.0\.0\.1:\d+\/postgres: password authentication failed for user "rx"$/,
    )
    expect(error.retryable).toBe(false)
  })

  test('a missing database', async () => {
    const { message } = await failureOf((url) => {
      url.pathname = '/missing'
    })
    expect(message).toMatch(/database "missing" does not exist/)
  })

  test('openStore opens a server by its URL, and rejects when it cannot', async () => {
    await using store = await openStore(on.url)
    expect(await store.events.append('a', [event])).toEqual({ position: 1, revision: 1 })
    await using same = await openStore(on.url.replace('postgres:', 'postgresql:'))
    expect(await same.events.read({ after: 0, limit: 1 })).toMatchObject({ head: 1 })
    await expect(openStore(on.url.replace(PASSWORD, secret))).rejects.toThrow(StoreError)
  })
})

describe('the options of postgres()', () => {
  const url = 'postgres://ann:secret@nowhere/db'
  const wrong: readonly [unknown, string][] = [
    [undefined, 'options must be an object'],
    [{}, 'either a connectionString or a pool'],
    [{ connectionString: url, pool: {} }, 'either a connectionString or a pool'],
    [{ connectionString: 5 }, 'connectionString must be'],
    [{ connectionString: '' }, 'connectionString must be'],
    [{ pool: {} }, 'pool must be a Pool of pg or a PGlite'],
    [{ pool: 'pool' }, 'pool must be a Pool of pg or a PGlite'],
    [{ connectionString: url, schema: '' }, 'schema must be'],
    [{ connectionString: url, schema: 'a\0b' }, 'schema must be'],
    [{ connectionString: url, schema: 'ž'.repeat(32) }, 'schema must be'],
    [{ connectionString: url, keep: 0 }, 'keep must be'],
    [{ connectionString: url, prepared: 'no' }, 'prepared must be'],
    [{ connectionString: url, now: 5 }, 'now must be'],
    [{ connectionString: url, events: { table: 'a' } }, 'events must be made by fromTable'],
  ]

  test('are checked when it is called, and never shown where they may hold a password', () => {
    for (const [options, message] of wrong) {
      let error: unknown
      try {
        postgres(options as { connectionString: string })
      } catch (caught) {
        error = caught
      }
      expect(error).toBeInstanceOf(Error)
      expect(`${error}`).toContain(message)
      expect(`${error}`).not.toContain('secret')
    }
  })
})
