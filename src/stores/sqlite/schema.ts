/**
 * The migrations of a file from one schema version to the next, starting with an empty file. A published step is never changed.
 * All names begin with `rx_`, because the file may contain other tables.
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

/**
 * Additions to the schema of a file. Each step only adds, so older versions of this library still work with the file, and two
 * versions can use one file during a rolling deploy. `additions` in `rx_meta` counts the steps of a file. A published step is
 * never changed.
 */
export const ADDITIONS: readonly string[] = [
  `ALTER TABLE rx_snapshots ADD COLUMN mark TEXT;

   -- Beside rx_positions, with the position that the mark belongs to: a position that was saved without a mark since, by an
   -- older version or by hand, does not meet it.
   CREATE TABLE rx_marks (
     name TEXT PRIMARY KEY,
     position INTEGER NOT NULL,
     mark TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;

   ALTER TABLE rx_leases ADD COLUMN ttl INTEGER;
   ALTER TABLE rx_leases ADD COLUMN renewals INTEGER;

   -- The last revision that was erased of each stream. The last position that was erased is 'erased' in rx_meta.
   CREATE TABLE rx_erased (
     stream TEXT PRIMARY KEY,
     revision INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   -- Whoever deletes an event, with whatever tool: its numbers are remembered in the same transaction.
   CREATE TRIGGER rx_events_erased AFTER DELETE ON rx_events BEGIN
     INSERT INTO rx_meta (key, value) VALUES ('erased', OLD.position)
       ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value);
     INSERT INTO rx_erased (stream, revision) VALUES (OLD.stream, OLD.revision)
       ON CONFLICT (stream) DO UPDATE SET revision = max(revision, excluded.revision);
   END;
   -- An older version does not look at what was erased: its append fails rather than give a number out again.
   CREATE TRIGGER rx_events_given BEFORE INSERT ON rx_events
   WHEN NEW.position <= (SELECT value FROM rx_meta WHERE key = 'erased')
     AND NEW.position > coalesce((SELECT max(position) FROM rx_events), 0)
   BEGIN
     SELECT RAISE(ABORT, 'the position was given to an event that was deleted since');
   END;`,
]

/** The tables of this library in a file. */
export const TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN
  ('rx_meta', 'rx_events', 'rx_snapshots', 'rx_positions', 'rx_leases')`

export const READ_VERSION = `SELECT value FROM rx_meta WHERE key = 'schema'`

export const READ_ADDITIONS = `SELECT value FROM rx_meta WHERE key = 'additions'`

export const WRITE_VERSION = `INSERT OR REPLACE INTO rx_meta (key, value) VALUES ('schema', ?)`

export const WRITE_ADDITIONS = `INSERT OR REPLACE INTO rx_meta (key, value) VALUES ('additions', ?)`
