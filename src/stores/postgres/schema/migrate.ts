import { StoreError } from '../../../../operators/ports/errors/StoreError.ts'
import type { Driver, Queryable } from '../driver/Driver.ts'
import { standby } from '../failures.ts'
import { literal, quote } from '../names.ts'
import { additions, MIGRATIONS, type Tables, tablesOf } from './migrations.ts'

/** Where the store's tables are. */
export interface SchemaPlace {
  readonly schema: string
  readonly address: string
}

/**
 * Makes the store's tables where they are missing, all in one transaction, one process at a time.
 *
 * @throws {StoreError} the schema is of a newer version, holds other tables, or the server is one that cannot be used.
 */
export async function migrate(driver: Driver, place: SchemaPlace): Promise<void> {
  const { schema, address } = place
  await checkServer(driver, address)
  const tables = tablesOf(schema)
  // The common case first: it takes no lock, and no right to create anything.
  if ((await versionOf(driver, tables, place)) === MIGRATIONS.length && (await hasMarks(driver, place))) return
  await driver.transaction(async (transaction) => {
    await transaction.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`rx-projection:${schema}`])
    const { client } = transaction
    // Asked again: another process may have been faster.
    const version = await versionOf(transaction, tables, place)
    if (version === MIGRATIONS.length && (await hasMarks(transaction, place))) return
    const exists = await transaction.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])
    if (exists.length === 0) await client.query(`CREATE SCHEMA ${quote(schema)}`)
    for (const migration of MIGRATIONS.slice(version)) {
      for (const statement of migration(tables).split(/;\s*\n/)) await client.query(statement.replace(/;\s*$/, ''))
    }
    for (const addition of additions(tables)) await client.query(addition)
    await client.query(
      `INSERT INTO ${tables.meta} (key, value) VALUES ('schema', ${literal(String(MIGRATIONS.length))})
       ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
    )
  })
}

/** Whether the tables have what was added to them since. */
async function hasMarks(driver: Queryable, { schema }: SchemaPlace): Promise<boolean> {
  const found = await driver.query(
    `SELECT c.relname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname IN ('snapshots', 'positions') AND a.attname = 'mark' AND NOT a.attisdropped`,
    [schema],
  )
  return found.length === 2
}

async function checkServer(driver: Queryable, address: string): Promise<void> {
  const [row] = await driver.query(
    `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), pg_is_in_recovery()`,
  )
  const [version, encoding, inRecovery] = row as [number, string, boolean]
  if (Number(version) < 110_000) {
    throw new StoreError(address, 'this PostgreSQL is older than 11: its own tables need 11 or newer')
  }
  if (encoding !== 'UTF8') {
    throw new StoreError(address, `the database is encoded in ${encoding}: use one of ENCODING 'UTF8'`)
  }
  if (inRecovery) throw standby('the server is a standby: connect to the primary')
}

/** Refuses what a write would do harm to, before the first write. Returns the version of the schema, 0 for none. */
async function versionOf(driver: Queryable, tables: Tables, { schema, address }: SchemaPlace): Promise<number> {
  const found = await driver.query(
    `SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname IN ('meta', 'streams', 'events', 'snapshots', 'positions', 'leases')`,
    [schema],
  )
  if (found.length === 0) return 0
  const strange = (why: string) =>
    new StoreError(address, `the schema ${quote(schema)} ${why}; give the store another one`)
  if (!found.some(([name]) => name === 'meta')) throw strange(`has a table ${found[0]![0]} that is not rx-projection's`)
  const [row] = await driver.query(`SELECT value FROM ${tables.meta} WHERE key = 'schema'`)
  const version = Number(row?.[0])
  if (!Number.isInteger(version) || version < 1) throw strange('has a table meta that names no schema version')
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      address,
      `its schema ${quote(schema)} was made by a newer rx-projection (version ${version}; this one knows ${MIGRATIONS.length})`,
    )
  }
  return version
}
