import type { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import type { OpenStore } from 'rx-projection'
import { type PostgresPool, type PostgresStore, postgres } from 'rx-projection/postgres'
import type { StoreOpener } from 'rx-projection/testing'

function breakSql(schema: string): string {
  const table = `"${schema.replaceAll('"', '""')}".snapshots`
  return `UPDATE ${table} SET state = '{"cut' WHERE name = $1 AND version = $2
    AND "offset" = (SELECT max("offset") FROM ${table} WHERE name = $1 AND version = $2)`
}

let schemas = 0

/** The name of a schema that no other test of this process uses. */
export function newSchema(): string {
  schemas += 1
  return `Schema "${schemas}"`
}

interface Opened {
  readonly schema: string
  readonly open: (schema: string) => PostgresStore
}

function opener(
  open: (schema: string) => PostgresStore,
  query: (text: string, values: unknown[]) => Promise<unknown>,
): StoreOpener {
  const opened = new WeakMap<object, Opened>()
  const at = (schema: string): OpenStore => {
    const store = open(schema)
    opened.set(store.events, { schema, open })
    return store
  }
  const schemaOf = (store: OpenStore): string => opened.get(store.events)!.schema
  return {
    open: () => at(newSchema()),
    openAgain: (store) => at(schemaOf(store)),
    breakSnapshot: async (store, name, version) => {
      await query(breakSql(schemaOf(store)), [name, version])
    },
  }
}

/** Stores on a server, each in a schema of its own, with a pool of its own. */
export function serverStores(url: () => string): StoreOpener {
  return opener(
    (schema) => postgres({ connectionString: url(), schema }),
    async (text, values) => {
      const client = new pg.Client(url())
      await client.connect()
      await client.query(text, values)
      await client.end()
    },
  )
}

/** Stores on one database of PGlite, each in a schema of its own. */
export function pgliteStores(db: () => PGlite): StoreOpener {
  return opener(
    (schema) => postgres({ pool: db() as PostgresPool, schema }),
    (text, values) => db().query(text, values),
  )
}
