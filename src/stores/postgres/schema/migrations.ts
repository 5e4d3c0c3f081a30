import { quote } from '../names.ts'

/**
 * The tables of the store, each with its schema. Names of streams, projections and leases may be longer than an index
 * takes, so their rows are found by a key: see `KEY`.
 */
export interface Tables {
  readonly meta: string
  readonly streams: string
  readonly events: string
  readonly snapshots: string
  readonly positions: string
  readonly leases: string
}

/** The names of the store's tables, as SQL takes them. */
export function tablesOf(schema: string): Tables {
  const name = (table: string) => `${quote(schema)}.${quote(table)}`
  return {
    meta: name('meta'),
    streams: name('streams'),
    events: name('events'),
    snapshots: name('snapshots'),
    positions: name('positions'),
    leases: name('leases'),
  }
}

/** The key of a name: 16 bytes of its SHA-256. */
export function KEY(name: string): string {
  return `encode(substr(sha256(convert_to(${name}, 'UTF8')), 1, 16), 'hex')::uuid`
}

/**
 * Columns that came after a version was published, and that its statements do not disturb: they name the columns they write. So
 * processes of both versions use the same tables, and the schema's version stays.
 */
export function additions({ snapshots, positions }: Tables): readonly string[] {
  return [snapshots, positions].map((table) => `ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS mark text COLLATE "C"`)
}

/**
 * What a schema has to go through to get from one version to the next, from none at all to the newest. A step that was
 * published is never changed.
 */
export const MIGRATIONS: readonly ((tables: Tables) => string)[] = [
  ({ meta, streams, events, snapshots, positions }) => `
    CREATE TABLE ${meta} (
      key text PRIMARY KEY,
      value text NOT NULL
    );

    CREATE TABLE ${streams} (
      key uuid PRIMARY KEY,
      name text COLLATE "C" NOT NULL,
      revision bigint NOT NULL
    ) WITH (fillfactor = 80);

    CREATE TABLE ${events} (
      position bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
      stream_key uuid NOT NULL,
      stream text COLLATE "C" NOT NULL,
      revision bigint NOT NULL,
      type text COLLATE "C" NOT NULL,
      payload json NOT NULL,
      recorded_at text COLLATE "C" NOT NULL,
      metadata json
    );
    CREATE INDEX events_stream ON ${events} (stream_key, position);

    CREATE TABLE ${snapshots} (
      key uuid NOT NULL,
      name text COLLATE "C" NOT NULL,
      version bigint NOT NULL,
      "offset" bigint NOT NULL,
      state text COLLATE "C" NOT NULL,
      saved_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (key, version, "offset")
    );

    CREATE TABLE ${positions} (
      key uuid PRIMARY KEY,
      name text COLLATE "C" NOT NULL,
      position bigint NOT NULL,
      saved_at timestamptz NOT NULL DEFAULT now()
    ) WITH (fillfactor = 50);`,

  ({ leases }) => `
    CREATE TABLE ${leases} (
      key uuid PRIMARY KEY,
      name text COLLATE "C" NOT NULL,
      epoch bigint NOT NULL,
      owner text NOT NULL,
      until timestamptz NOT NULL
    ) WITH (fillfactor = 50);`,
]
