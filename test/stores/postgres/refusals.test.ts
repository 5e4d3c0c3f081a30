import { openStore, StoreError } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import { expect, onTestFinished, test } from 'vitest'
import { describeOnOwnServer, type TestDatabase } from './support/onServer.ts'
import { newTable, TABLE, tableStore } from './support/tables.ts'

const REST = `about text DEFAULT 'a', what text DEFAULT 'Noted', body jsonb DEFAULT '{}'`

const whole = { after: 0, limit: 100 }

/** What is done to a table, and what its reader says. `%` is the table's name. */
const refused: readonly [what: string, definition: string, statements: string, why: RegExp][] = [
  [
    'a sequence with a cache',
    TABLE,
    `ALTER SEQUENCE %_nr_seq CACHE 20`,
    /CACHE 20.*ALTER SEQUENCE public\.%_nr_seq CACHE 1/,
  ],
  ['a sequence with another increment', TABLE, 'ALTER SEQUENCE %_nr_seq INCREMENT 50', /INCREMENT 50.*INCREMENT 1/],
  ['a sequence that cycles', TABLE, 'ALTER SEQUENCE %_nr_seq CYCLE', /CYCLE.*NO CYCLE/],
  ['no sequence behind the id', `(nr bigint PRIMARY KEY, ${REST})`, '', /no sequence behind "nr".*IDENTITY/],
  [
    'two sequences behind the id',
    `(nr bigserial PRIMARY KEY, ${REST})`,
    'CREATE SEQUENCE %_other OWNED BY %.nr',
    /2 sequences behind "nr".*leave one/,
  ],
  [
    'a default that is not plain nextval',
    `(nr bigserial PRIMARY KEY, ${REST})`,
    `ALTER TABLE % ALTER nr SET DEFAULT nextval('%_nr_seq') * 10`,
    /not plain nextval, but .*\* 10.*use a sequence/,
  ],
  [
    'a default that a function gives',
    `(nr bigint PRIMARY KEY DEFAULT extract(epoch FROM now()), ${REST})`,
    '',
    /not plain nextval/,
  ],
  [
    'an id that is no integer',
    `(nr uuid PRIMARY KEY DEFAULT gen_random_uuid(), ${REST})`,
    '',
    /type uuid: add a column/,
  ],
  [
    'no index on the id',
    `(nr bigint GENERATED ALWAYS AS IDENTITY, ${REST})`,
    '',
    /no index on "nr".*CREATE INDEX ON public\.%/,
  ],
  ['ids below 1', TABLE, 'INSERT INTO % (nr) VALUES (-5)', /an id -5: positions are positive/],
  ['an unlogged table', TABLE, 'ALTER TABLE % SET UNLOGGED', /unlogged.*SET LOGGED/],
  [
    'a partition with a sequence of its own',
    `(nr bigserial, ${REST}, PRIMARY KEY (nr, about)) PARTITION BY LIST (about)`,
    `CREATE TABLE %_a PARTITION OF % DEFAULT; CREATE SEQUENCE %_own; ALTER TABLE %_a ALTER nr SET DEFAULT nextval('%_own')`,
    /a part public\.%_a, which draws its ids from another sequence: give "nr" there/,
  ],
  [
    'a child with a sequence of its own',
    TABLE,
    `CREATE TABLE %_child () INHERITS (%); ALTER TABLE %_child ALTER nr ADD GENERATED ALWAYS AS IDENTITY`,
    /a part public\.%_child, which draws its ids from another sequence/,
  ],
  ['a missing column', `(nr bigserial PRIMARY KEY, what text, body jsonb)`, '', /has no column "about"/],
]

async function refusal(on: TestDatabase, table: string): Promise<StoreError> {
  const { events, open } = tableStore(on, table)
  const error = await events.read(whole).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StoreError)
  expect((error as StoreError).retryable).toBe(false)
  await expect(open()).rejects.toThrow(StoreError)
  return error as StoreError
}

describeOnOwnServer(
  'fromTable refuses',
  (on) => {
    for (const [what, definition, statements, why] of refused) {
      test(`${what}, and says what to do`, async () => {
        const table = await newTable(on, definition)
        if (statements !== '') await on.run(statements.replaceAll('%', table))
        const { message } = await refusal(on, table)
        expect(message).toMatch(new RegExp(why.source.replaceAll('%', table)))
      })
    }

    test('a table that does not exist', async () => {
      expect((await refusal(on, 'missing')).message).toMatch(/"missing" does not exist/)
    })

    test('views, materialized views and foreign tables', async () => {
      const table = await newTable(on)
      await on.run(`
        CREATE VIEW view_of AS SELECT * FROM ${table};
        CREATE MATERIALIZED VIEW stored_view AS SELECT * FROM ${table};
        CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER other FOREIGN DATA WRAPPER elsewhere;
        CREATE FOREIGN TABLE far (nr bigint, about text, what text, body json) SERVER other`)
      expect((await refusal(on, 'view_of')).message).toMatch(/is a view: name the table behind it/)
      expect((await refusal(on, 'stored_view')).message).toMatch(/is a materialized view/)
      expect((await refusal(on, 'far')).message).toMatch(/is a foreign table.*Read it there/)
    })

    test('a table with a partition on another server', async () => {
      const table = await newTable(on, `(nr bigserial, ${REST}) PARTITION BY LIST (about)`)
      await on.run(`
        CREATE INDEX ON ${table} (nr);
        CREATE FOREIGN DATA WRAPPER farther; CREATE SERVER another FOREIGN DATA WRAPPER farther;
        CREATE FOREIGN TABLE far_part PARTITION OF ${table} DEFAULT SERVER another`)
      expect((await refusal(on, table)).message).toMatch(/a part public\.far_part, which is a foreign table/)
    })

    test('a table that logical replication fills', async () => {
      const table = await newTable(on)
      await on.run(`CREATE SUBSCRIPTION filled CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)`)
      await on.run(
        `INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, '${table}'::regclass, 'r' FROM pg_subscription`,
      )
      expect((await refusal(on, table)).message).toMatch(/logical replication.*Read it on its publisher/)
    })

    test('a table whose rows are hidden from the role that reads', async () => {
      const table = await newTable(on)
      await on.run(`
        CREATE ROLE partial LOGIN PASSWORD 'word'; GRANT SELECT ON ${table} TO partial;
        ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY shown ON ${table} USING (about = 'a')`)
      const url = new URL(on.url)
      url.username = 'partial'
      url.password = 'word'
      expect((await refusal({ ...on, url: url.href }, table)).message).toMatch(/row-level security.*BYPASSRLS/)
    })

    test('a table that the role may not read', async () => {
      const table = await newTable(on)
      await on.run(`CREATE ROLE nobody_here LOGIN PASSWORD 'word'`)
      const url = new URL(on.url)
      url.username = 'nobody_here'
      url.password = 'word'
      expect((await refusal({ ...on, url: url.href }, table)).message).toMatch(/permission denied/)
    })
  },
  'allow_system_table_mods=on',
)

describeOnOwnServer('a server in recovery, which knows no locks of its primary, is refused', (on) => {
  test('for own tables and for those of the application, and by stores that were open before', async () => {
    const table = await newTable(on)
    await on.run(`INSERT INTO ${table} DEFAULT VALUES`)
    const before = postgres({ connectionString: on.url })
    const reader = tableStore(on, table)
    onTestFinished(() => before[Symbol.asyncDispose]())
    await before.events.append('a', [{ type: 'A', payload: 1 }])
    for (const { events } of [before, reader]) expect((await events.read(whole)).through).toBe(1)
    await on.server.stop('fast')
    await on.server.startAsStandby()

    const standby = { name: 'StoreError', retryable: false }
    const own = postgres({ connectionString: on.url })
    onTestFinished(() => own[Symbol.asyncDispose]())
    const message = expect.stringMatching(/the server is a standby: connect to the primary$/)
    await expect(own.open()).rejects.toMatchObject({ ...standby, message })
    await expect(own.events.read(whole)).rejects.toMatchObject({ ...standby, message })
    await expect(openStore(on.url)).rejects.toMatchObject({ ...standby, message })
    expect((await refusal(on, table)).message).toMatch(/is on a standby, which knows no locks of its primary/)

    for (const { events } of [before, reader]) {
      const become = expect.stringMatching(/has become a standby.*connect to the primary$/)
      // The connections of the pool end one by one.
      await expect
        .poll(() => events.read(whole).catch((error: unknown) => error), { timeout: 10_000 })
        .toMatchObject({ retryable: true, message: become })
    }
    const error = await before.events.append('a', [{ type: 'A', payload: 2 }]).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: '25006' })
    expect(error).not.toBeInstanceOf(StoreError)
    expect(error).not.toHaveProperty('retryable', false)

    // What was open before goes on when there is a primary again.
    await on.run('SELECT pg_promote()')
    for (const { events } of [before, reader]) {
      await expect.poll(() => events.read(whole).catch((reason: unknown) => reason)).toMatchObject({ through: 1 })
    }
    expect(await before.events.append('a', [{ type: 'A', payload: 2 }])).toMatchObject({ revision: 2 })
  })
})
