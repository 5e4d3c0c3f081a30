import pg from 'pg'
import { type Status, startProjection, startProjector } from 'rx-projection'
import { type PostgresStore, postgres } from 'rx-projection/postgres'
import { expect, onTestFinished, test } from 'vitest'
import { ledger } from './support/ledger.ts'
import { describeOnServer } from './support/onServer.ts'
import { marks } from './support/schedules/work.ts'

const whole = { after: 0, limit: 100 }

interface Case {
  readonly what: string
  /** Statements of a superuser in the store's database; `%` is the store's role. */
  readonly happens: readonly string[]
  readonly isMended: readonly string[]
  /** What the server says meanwhile. */
  readonly codes: readonly string[]
}

const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '%'`

const CASES: readonly Case[] = [
  {
    what: 'a server that is read-only for a while, as at a fail-over',
    happens: ['ALTER ROLE % SET default_transaction_read_only = on', CUT],
    // Connections that were made meanwhile stay as they are.
    isMended: ['ALTER ROLE % RESET default_transaction_read_only'],
    codes: ['25006'],
  },
  {
    what: 'a password that is another one for a while',
    happens: [`ALTER ROLE % PASSWORD 'other'`, CUT],
    isMended: [`ALTER ROLE % PASSWORD 'word'`],
    codes: ['28P01'],
  },
  {
    what: 'a role that may not log in for a while',
    happens: ['ALTER ROLE % NOLOGIN', CUT],
    isMended: ['ALTER ROLE % LOGIN'],
    codes: ['28000'],
  },
  {
    what: 'a server with too many connections',
    happens: ['ALTER ROLE % CONNECTION LIMIT 0', CUT],
    isMended: ['ALTER ROLE % CONNECTION LIMIT -1'],
    codes: ['53300'],
  },
  {
    what: 'a table that is missing for a while',
    happens: ['ALTER TABLE projection.events RENAME TO away'],
    isMended: ['ALTER TABLE projection.away RENAME TO events'],
    codes: ['42P01'],
  },
  {
    what: 'a schema that is missing for a while',
    happens: ['ALTER SCHEMA projection RENAME TO away'],
    isMended: ['ALTER SCHEMA away RENAME TO projection'],
    codes: ['42P01', '3F000'],
  },
  {
    what: 'a column that is missing for a while',
    happens: ['ALTER TABLE projection.events RENAME payload TO away'],
    isMended: ['ALTER TABLE projection.events RENAME away TO payload'],
    codes: ['42703'],
  },
  {
    what: 'rights that are missing for a while',
    happens: ['ALTER SCHEMA projection OWNER TO rx'],
    isMended: ['ALTER SCHEMA projection OWNER TO %'],
    codes: ['42501'],
  },
]

let roles = 0

describeOnServer('what happens to a server passes:', (on) => {
  async function newDatabase(): Promise<{ role: string; url: string; admin: (text: string) => Promise<unknown> }> {
    const role = `${on.database}_${++roles}`
    await on.run(`CREATE ROLE ${role} LOGIN PASSWORD 'word'`)
    await on.run(`CREATE DATABASE ${role} OWNER ${role}`)
    const own = new URL(on.url)
    own.pathname = `/${role}`
    const admin = new pg.Client(own.href)
    admin.on('error', () => undefined)
    await admin.connect()
    onTestFinished(() => admin.end())
    own.username = role
    own.password = 'word'
    return {
      role,
      url: own.href,
      admin: (text) => admin.query(text.replaceAll('%', role)),
    }
  }

  function openStore(url: string): PostgresStore {
    const store = postgres({ connectionString: url })
    onTestFinished(() => store[Symbol.asyncDispose]())
    return store
  }

  for (const { what, happens, isMended, codes } of CASES) {
    test(what, async () => {
      const { url, admin } = await newDatabase()
      await admin(`CREATE TABLE handled (event bigint UNIQUE)`)
      await admin(`GRANT ALL ON handled TO PUBLIC`)
      const store = openStore(url)
      const failures: unknown[] = []
      const statuses = new Set<Status>()
      const options = {
        store,
        catchUpAfter: 20,
        retry: { delay: 5, entropy: 5 },
        onError: (error: unknown) => void failures.push(error),
      } as const
      const projection = startProjection(marks, options as never)
      const projector = startProjector(ledger('handled'), options)
      for (const run of [projection, projector]) {
        run.status$.subscribe((status: Status) => statuses.add(status))
        onTestFinished(() => run.stop())
      }
      const append = (mark: string) => store.events.append('a', [{ type: 'Marked', payload: mark }])
      const { position } = await append('before')
      await projection.state({ atLeast: position })
      await projector.whenProcessed(position)

      for (const statement of happens) await admin(statement)
      // Whoever reads or writes meets it, again and again; none of it is called final.
      const met = (error: unknown) => codes.includes(codeOf(error))
      await expect.poll(() => append('meanwhile').catch((error: unknown) => error), { timeout: 10_000 }).toSatisfy(met)
      await expect.poll(() => failures.some(met) || codes.includes('25006'), { timeout: 10_000 }).toBe(true)
      const error = await append('meanwhile').catch((reason: unknown) => reason)
      expect(error).not.toHaveProperty('retryable', false)
      for (const failure of failures) expect(failure).not.toHaveProperty('retryable', false)

      for (const statement of isMended) await admin(statement)
      await expect
        .poll(() => append('after').catch((reason: unknown) => reason), { timeout: 10_000 })
        .toHaveProperty('position')
      const { head } = await store.events.read(whole)
      expect(await projection.state({ atLeast: head, timeout: 20_000 })).toContain('after')
      await projector.whenProcessed(head, { timeout: 20_000 })
      expect([...statuses]).not.toContain('faulted')
    })
  }

  test('but is final for a store that has not been open', async () => {
    const { url, admin } = await newDatabase()
    const final = { name: 'StoreError', retryable: false }
    await admin(`ALTER ROLE % PASSWORD 'other'`)
    const store = openStore(url)
    await expect(store.open()).rejects.toMatchObject(final)
    await expect(store.events.read(whole)).rejects.toMatchObject(final)
    await admin(`ALTER ROLE % PASSWORD 'word'`)
    await store.open()
    await admin(`ALTER ROLE % PASSWORD 'other'`)
    await admin(CUT)
    await expect.poll(() => store.events.read(whole).catch((error: unknown) => codeOf(error))).toBe('28P01')
    const missing = new URL(url)
    missing.pathname = '/missing'
    await expect(openStore(missing.href).open()).rejects.toMatchObject(final)
  })

  test('a table that was dropped and restored is read by the rule, with the sequence that it has now', async () => {
    const { url, admin } = await newDatabase()
    const store = openStore(url)
    const append = (mark: string) => store.events.append(mark, [{ type: 'Marked', payload: mark }])
    await append('a')
    expect((await store.events.read(whole)).through).toBe(1)
    for (const statement of [
      'CREATE TABLE projection.copy (LIKE projection.events INCLUDING ALL)',
      'INSERT INTO projection.copy OVERRIDING SYSTEM VALUE SELECT * FROM projection.events',
      'DROP TABLE projection.events',
      'ALTER TABLE projection.copy RENAME TO events',
      'ALTER SEQUENCE projection.copy_position_seq RENAME TO events_position_seq',
      `SELECT setval('projection.events_position_seq', 1)`,
      'GRANT ALL ON projection.events TO PUBLIC',
      'GRANT ALL ON SEQUENCE projection.events_position_seq TO PUBLIC',
    ]) {
      await admin(statement)
    }
    const slow = new pg.Client(url)
    await slow.connect()
    onTestFinished(() => slow.end())
    await slow.query('BEGIN')
    await store.events.appendWithin(slow, 'slow', [{ type: 'Marked', payload: 'slow' }])
    await append('quick')
    // Twice: the second look would take the hole for proven, if it had looked at the locks of the old sequence.
    for (let look = 0; look < 2; look++) expect((await store.events.read({ after: 1, limit: 9 })).through).toBe(1)
    await slow.query('COMMIT')
    await expect
      .poll(async () => (await store.events.read({ after: 1, limit: 9 })).events.map(({ stream }) => stream))
      .toEqual(['slow', 'quick'])
  })
})

function codeOf(error: unknown): string {
  let cause = error
  while (cause !== undefined && typeof (cause as { code?: unknown }).code !== 'string') cause = (cause as Error).cause
  return (cause as { code?: string } | undefined)?.code ?? ''
}
