/**
 * What a file has to go through to get from one schema version to the next, from none at all to the newest. A step that
 * was published is never changed. All names begin with `rx_`: other tables may live in the same file.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE rx_meta (
     key TEXT PRIMARY KEY,
     value ANY NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE rx_events (
     position INTEGER PRIMARY KEY,
     stream TEXT NOT NULL,
     revision INTEGER NOT NULL,
     type TEXT NOT NULL,
     payload TEXT NOT NULL,
     recorded_at TEXT NOT NULL,
     metadata TEXT
   ) STRICT;
   -- Ends, as every index does, in the position: it gives a stream's events in order, and its newest revision.
   CREATE INDEX rx_events_stream ON rx_events (stream);

   CREATE TABLE rx_snapshots (
     name TEXT NOT NULL,
     version INTEGER NOT NULL,
     "offset" INTEGER NOT NULL,
     state TEXT NOT NULL,
     saved_at TEXT NOT NULL,
     PRIMARY KEY (name, version, "offset")
   ) STRICT;

   CREATE TABLE rx_positions (
     name TEXT PRIMARY KEY,
     position INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,

  `CREATE TABLE rx_leases (
     name TEXT PRIMARY KEY,
     epoch INTEGER NOT NULL,
     owner TEXT NOT NULL,
     until INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
]

/** The tables of this library in a file. */
export const TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN
  ('rx_meta', 'rx_events', 'rx_snapshots', 'rx_positions', 'rx_leases')`

export const READ_VERSION = `SELECT value FROM rx_meta WHERE key = 'schema'`

export const WRITE_VERSION = `INSERT OR REPLACE INTO rx_meta (key, value) VALUES ('schema', ?)`
