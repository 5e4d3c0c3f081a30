import { expect, test } from 'vitest'
import { THOROUGH } from '../../support/thorough.ts'
import { describeOnOwnServer } from './support/onServer.ts'
import { randomFrom, writeAtRandom } from './support/randomWriter.ts'
import { follow, newTable, TABLE, tableStore } from './support/tables.ts'

const WRITERS = 20
const TRANSACTIONS = THOROUGH ? 150 : 40

describeOnOwnServer(
  'two readers beside 20 writers in random transactions',
  (on) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9))

    test(`lose nothing, double nothing and keep the order (SEED=${seed})`, { timeout: 90_000 }, async () => {
      const table = await newTable(on, TABLE)
      await on.run(`
        CREATE TABLE source_of_${table} (about text);
        CREATE FUNCTION copy_${table}() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN INSERT INTO ${table} (about) VALUES (NEW.about); RETURN NEW; END';
        CREATE TRIGGER copied BEFORE INSERT ON source_of_${table} FOR EACH ROW EXECUTE FUNCTION copy_${table}()`)
      const whole = tableStore(on, table, { pollEvery: 3 })
      const some = tableStore(on, table, { pollEvery: 7 })
      const all = follow(whole.events)
      const chosen = follow(some.events, ['a', 'c'])
      const clients = await Promise.all(Array.from({ length: WRITERS }, () => on.connect()))
      await Promise.all(
        clients.map((client, index) => writeAtRandom(client, table, TRANSACTIONS, randomFrom(seed + index))),
      )
      const { rows } = await on.run(`SELECT nr::int AS id, about FROM ${table} ORDER BY nr`)
      const ids = rows.map(({ id }) => id as number)
      await all.has(...ids)
      await chosen.has(...rows.filter(({ about }) => about !== 'b').map(({ id }) => id as number))
      // Whatever was left out is a hole, and every event behind one says so.
      for (const [index, { id, previous = id - 1 }] of all.events.entries()) expect(previous).toBe(ids[index - 1] ?? 0)
      const missing = ids.at(-1)! - ids.length
      expect(missing).toBeGreaterThan(WRITERS)
      expect(whole.holes.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBe(missing)
    })
  },
  'max_prepared_transactions=50',
  'max_connections=100',
)
