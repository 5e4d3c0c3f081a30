import pg from 'pg'
import { type LogEvent, StoreError } from 'rx-projection'
import { type EventColumns, fromTable, type Numbers, postgres } from 'rx-projection/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeOnServer } from './support/onServer.ts'
import { newTable, tableStore } from './support/tables.ts'

const ALL: readonly Numbers[] = ['refuse', 'string', 'bigint']
const REFUSED = Symbol('refused')

const BEYOND = '9007199254740993'
const SAFE = Number.MAX_SAFE_INTEGER

/** What a value of a column comes as, with each of the options. */
interface Case {
  readonly type: string
  /** In SQL. */
  readonly value: string
  readonly refuse: unknown
  readonly string: unknown
  readonly bigint: unknown
}

function each(type: string, value: string, refuse: unknown, string = refuse, bigint = string): Case {
  return { type, value, refuse, string, bigint }
}

const cases: readonly Case[] = [
  each('int4', '7', 7),
  each('int8', '7', 7, '7', 7n),
  each('int8', `${SAFE}`, SAFE, `${SAFE}`, BigInt(SAFE)),
  each('int8', BEYOND, REFUSED, BEYOND, BigInt(BEYOND)),
  each('int8', `-${BEYOND}`, REFUSED, `-${BEYOND}`, -BigInt(BEYOND)),
  each('int8', '1152921504606846976', REFUSED, '1152921504606846976', 1152921504606846976n),
  each('int8', 'NULL', null),
  each('counter', BEYOND, REFUSED, BEYOND, BigInt(BEYOND)),
  each('int8[]', `ARRAY[1, NULL, 2]`, [1, null, 2], ['1', null, '2'], [1n, null, 2n]),
  each('int8[]', `ARRAY[1, ${BEYOND}]`, REFUSED, ['1', BEYOND], [1n, BigInt(BEYOND)]),
  each('int8[]', `ARRAY[[1], [${BEYOND}]]`, REFUSED, [['1'], [BEYOND]], [[1n], [BigInt(BEYOND)]]),
  each('counter[]', `ARRAY[${BEYOND}]::counter[]`, REFUSED, [BEYOND], [BigInt(BEYOND)]),
  each('counters', `ARRAY[${BEYOND}]`, REFUSED, [BEYOND], [BigInt(BEYOND)]),
  each('numeric', '1.5', 1.5, '1.5'),
  each('numeric', '0.10', 0.1, '0.10'),
  each('numeric', '12', 12, '12'),
  each('numeric', '0.1234567890123456789', REFUSED, '0.1234567890123456789'),
  each('numeric', '12345678.123456789', REFUSED, '12345678.123456789'),
  each('numeric', '1e400', REFUSED, `1${'0'.repeat(400)}`),
  each('numeric', `'NaN'`, REFUSED, 'NaN'),
  each('numeric', `'Infinity'`, REFUSED, 'Infinity'),
  each('numeric(10, 2)', '1.5', 1.5, '1.50'),
  each('numeric(10, 2)', `'NaN'`, REFUSED, 'NaN'),
  each('numeric(20)', '5', 5, '5', 5n),
  each('numeric(20)', BEYOND, REFUSED, BEYOND, BigInt(BEYOND)),
  each('numeric(20)', `'NaN'`, REFUSED, 'NaN', REFUSED),
  each('numeric(20, -2)', '500', 500, '500', 500n),
  each('whole', BEYOND, REFUSED, BEYOND, BigInt(BEYOND)),
  each('numeric[]', `ARRAY[1.5, 0.1234567890123456789]`, REFUSED, ['1.5', '0.1234567890123456789']),
  each('numeric[]', `ARRAY[1, 'NaN']::numeric[]`, REFUSED, ['1', 'NaN']),
  each('float8', '0.1', 0.1),
  each('float8', '1e300', 1e300),
  each('float8', '0.30000000000000004', 0.30000000000000004),
  each('float8', `'NaN'`, REFUSED),
  each('float8', `'-Infinity'`, REFUSED),
  each('float4', '0.1', 0.1),
  each('float4', `'Infinity'`, REFUSED),
  each('float8[]', `ARRAY[0.5, NULL]`, [0.5, null]),
  each('float8[]', `ARRAY[0.5, 'NaN']::float8[]`, REFUSED),
  each('json', `'{"n": [1, 2.50, 1e3]}'`, { n: [1, 2.5, 1000] }),
  each('json', `'{"n": {"m": ${BEYOND}}}'`, REFUSED),
  each('json', `'{"n": ${BEYOND}, "n": 1}'`, { n: 1 }),
  each('json', `'{"n": 1e400}'`, REFUSED),
  each('json', `'{"n": 1e-400}'`, REFUSED),
  each('json', `'{"n": "${BEYOND}", "m": ": ${BEYOND}"}'`, { n: BEYOND, m: `: ${BEYOND}` }),
  each('jsonb', `'{"n": 12345678.1234567890}'`, REFUSED),
  each('jsonb', `'{"n": 0.30000000000000004}'`, { n: 0.30000000000000004 }),
  each('jsonb', `'${BEYOND}'`, REFUSED),
  each('jsonb[]', `ARRAY['${BEYOND}']::jsonb[]`, REFUSED),
  each('date', `'2024-02-29'`, '2024-02-29'),
  each('date', `'infinity'`, REFUSED, 'infinity'),
  each('timestamp', `'2024-02-29 12:00:00.123456'`, '2024-02-29T12:00:00.123456'),
  each('timestamp', `'0044-03-15 BC'`, REFUSED, '0044-03-15T00:00:00 BC'),
  each('timestamp', `'12024-01-01'`, REFUSED, '12024-01-01T00:00:00'),
  each('timestamptz', `'-infinity'`, REFUSED, '-infinity'),
  each('timestamptz[]', `ARRAY['infinity']::timestamptz[]`, REFUSED, ['infinity']),
  each('bytea', `'\\x00ff'`, '\\x00ff'),
  each('int4[]', `ARRAY[1, 2]`, [1, 2]),
  each('int4[]', `'[0:1]={1,2}'`, REFUSED, [1, 2]),
  each('int2vector', `'1 2'`, [1, 2]),
  each('money', `'12.34'`, '$12.34'),
  each('interval', `'1 day 0.000001'`, '1 day 00:00:00.000001'),
  each('int8range', `'[1,${BEYOND})'`, `[1,${BEYOND})`),
  each('pair', `ROW(1, 1.5, 'NaN')`, { n: 1, m: 1.5, label: 'NaN' }),
  each('pair', `ROW(${BEYOND}, 1, 'a')`, REFUSED),
  each('pair', `ROW(1, 'NaN', 'a')`, REFUSED),
  each('pair[]', `ARRAY[ROW(1, 1, 'a'), ROW(1, 'Infinity', 'a')]::pair[]`, REFUSED),
  each('outer_pair', `ROW(ROW(1, 2, 'a'))`, { inside: { n: 1, m: 2, label: 'a' } }),
  each('outer_pair', `ROW(ROW(1, 'NaN', 'a'))`, REFUSED),
]

const TYPES = `
  CREATE DOMAIN counter AS bigint; CREATE DOMAIN counters AS counter[]; CREATE DOMAIN whole AS numeric(20);
  CREATE TYPE pair AS (n bigint, m numeric, label text); CREATE TYPE outer_pair AS (inside pair)`

let pool: pg.Pool
const tables = new Map<string, Promise<string>>()

/** The table of a value: its second row has it. */
function tableOf({ type, value }: Pick<Case, 'type' | 'value'>): Promise<string> {
  const key = `${type} ${value}`
  let table = tables.get(key)
  if (table === undefined) {
    const name = `kept_${tables.size}`
    table = pool
      .query(
        `CREATE TABLE ${name} (nr bigserial PRIMARY KEY, about text DEFAULT 'a', what text DEFAULT 'Noted',
           body jsonb DEFAULT '{}', kept ${type});
         INSERT INTO ${name} (kept) VALUES (NULL); INSERT INTO ${name} (kept) VALUES (${value})`,
      )
      .then(() => name)
    tables.set(key, table)
  }
  return table
}

async function read(
  one: Pick<Case, 'type' | 'value'>,
  numbers: Numbers | undefined,
  columns: Partial<EventColumns>,
): Promise<readonly LogEvent[]> {
  await using store = postgres({
    pool,
    events: fromTable({
      table: await tableOf(one),
      columns: { id: 'nr', stream: 'about', type: 'what', payload: 'body', ...columns },
      ...(numbers && { numbers }),
    }),
  })
  return (await store.events.read({ after: 0, limit: 10 })).events
}

/** Where a column may come to in an event, and how it is taken from there. */
const places: readonly [Partial<EventColumns>, (event: LogEvent) => unknown][] = [
  [{ payload: 'kept' }, ({ payload }) => payload],
  [{ payload: ['about', 'kept', 'what'] }, ({ payload }) => (payload as { kept: unknown }).kept],
  [{ metadata: 'kept' }, ({ metadata }) => metadata ?? null],
]

describeOnServer('fromTable, of a value in a column', (on) => {
  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: on.url, max: 3 })
    await pool.query(TYPES)
    // What a session is set to does not change what is read.
    await pool.query(`ALTER DATABASE ${on.database} SET bytea_output = 'escape'`)
    await pool.end()
    pool = new pg.Pool({ connectionString: on.url, max: 3 })
  })
  afterAll(() => pool.end())

  for (const numbers of ALL) {
    describe(`with numbers: '${numbers}'`, () => {
      test.each(cases.map((one) => [one.type, one.value.slice(0, 40), one] as const))('%s %s', async (_, __, one) => {
        for (const [columns, of] of places) {
          const found = await read(one, numbers, columns).catch((error: unknown) => error)
          if (one[numbers] === REFUSED) {
            expect(found).toBeInstanceOf(StoreError)
            expect(found).toMatchObject({
              retryable: false,
              message: expect.stringMatching(/: event 2 has a .* in the column "kept"/),
            })
          } else expect(Array.isArray(found) ? found.map(of) : found).toStrictEqual([null, one[numbers]])
        }
      })
    })
  }

  test('refuses by default', async () => {
    await expect(read({ type: 'int8', value: BEYOND }, undefined, { payload: 'kept' })).rejects.toThrow(
      `event 2 has a number that JavaScript cannot hold in the column "kept": ${BEYOND}`,
    )
  })

  test('says where in the column the number is', async () => {
    const one = { type: 'json', value: `'{"n": [1, {"m": ${BEYOND}}], "o": 1}'` }
    await expect(read(one, 'string', { payload: ['about', 'kept'] })).rejects.toThrow('column "kept" (at n.1.m)')
  })

  test('finds numbers in a text that holds JSON', async () => {
    const one = { type: 'text', value: `'{"n": ${BEYOND}}'` }
    await expect(read(one, 'refuse', { payload: 'kept' })).rejects.toThrow('event 2 has a number')
    expect((await read(one, 'refuse', { payload: ['kept'] }))[1]?.payload).toEqual({ kept: `{"n": ${BEYOND}}` })
  })

  test.each(ALL)('as a revision is a number that fits, or refused (%s)', async (numbers) => {
    expect((await read({ type: 'int8', value: '3' }, numbers, { revision: 'kept' }))[1]?.revision).toBe(3)
    await expect(read({ type: 'int8', value: BEYOND }, numbers, { revision: 'kept' })).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringContaining(
        `event 2 has a revision that is no number of JavaScript in the column "kept": ${BEYOND}`,
      ),
    })
  })

  test.each(ALL)('as the time of an event is within the years 1 to 9999, or refused (%s)', async (numbers) => {
    const recordedAt = 'kept'
    for (const type of ['timestamp', 'timestamptz', 'date']) {
      for (const value of [`'infinity'`, `'-infinity'`, `'0044-03-15 BC'`, `'12024-01-01'`]) {
        await expect(read({ type, value }, numbers, { recordedAt })).rejects.toMatchObject({
          name: 'StoreError',
          message: expect.stringMatching(/event 2 has a value that an event cannot hold in the column "kept"/),
        })
      }
    }
    const [, event] = await read({ type: 'timestamp', value: `'2024-02-29 12:00:00.123456'` }, numbers, {
      recordedAt,
    })
    expect(event?.recordedAt).toBe('2024-02-29T12:00:00.123456Z')
  })

  test('a position beyond 2^53 is refused, however it is met', async () => {
    const table = await newTable(on)
    await on.run(`INSERT INTO ${table} DEFAULT VALUES`)
    const { events } = tableStore(on, table)
    expect((await events.read({ after: 0, limit: 10 })).through).toBe(1)
    await on.run(`SELECT setval('${table}_nr_seq', ${BEYOND}); INSERT INTO ${table} DEFAULT VALUES`)
    for (const after of [1, 0]) {
      await expect(events.read({ after, limit: 10 })).rejects.toMatchObject({
        name: 'StoreError',
        retryable: false,
        message: expect.stringMatching(/have grown beyond 2\^53 \(9007199254740994\)/),
      })
    }
  })
})

test('fromTable takes no other numbers', () => {
  const columns = { id: 'a', stream: 'b', type: 'c', payload: 'd' }
  expect(() => fromTable({ table: 't', columns, numbers: 'number' as Numbers })).toThrow(
    new TypeError(`numbers must be 'refuse', 'string' or 'bigint', not "number"`),
  )
})
