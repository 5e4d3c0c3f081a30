/** Whether a failure of SQLite is temporary, so that a retry helps, or permanent. */
export type Verdict = 'passes' | 'permanent'

/**
 * SQLite's primary result codes, as returned by an open database: the meaning of each, and whether it is temporary. A code is
 * permanent only if waiting cannot help. A disk can get space again, locks are released, permissions return, backups end.
 */
export const RESULT_CODES: Readonly<Record<number, readonly [name: string, verdict: Verdict, why: string]>> = {
  1: ['ERROR', 'passes', 'such as a table that is missing while a backup is restored'],
  2: ['INTERNAL', 'passes', 'a fault of SQLite'],
  3: ['PERM', 'passes', 'rights that were taken can be given again'],
  4: ['ABORT', 'passes', 'the statement was ended by a rollback'],
  5: ['BUSY', 'passes', 'another connection writes'],
  6: ['LOCKED', 'passes', 'another statement of this connection holds the table'],
  7: ['NOMEM', 'passes', 'memory gets free again'],
  8: ['READONLY', 'passes', 'a file system that was mounted again, rights that were taken'],
  9: ['INTERRUPT', 'passes', 'the statement was interrupted'],
  10: ['IOERR', 'passes', 'a disk or a network that fails for a while'],
  11: ['CORRUPT', 'permanent', 'the file is damaged'],
  12: ['NOTFOUND', 'passes', 'a request that the file system does not know'],
  13: ['FULL', 'passes', 'the disk is full, or the database as large as it may be'],
  14: ['CANTOPEN', 'passes', 'no file handles left, a folder that is away for a while'],
  15: ['PROTOCOL', 'passes', 'too many connections want a lock at the same time'],
  17: ['SCHEMA', 'passes', 'a table was changed while the statement was prepared'],
  18: ['TOOBIG', 'permanent', 'a text is longer than SQLite can store'],
  19: ['CONSTRAINT', 'passes', 'an older version is given a number of an event that was deleted'],
  20: ['MISMATCH', 'permanent', 'a value of another type than its column'],
  21: ['MISUSE', 'permanent', 'a fault of this library'],
  22: ['NOLFS', 'passes', 'the file is larger than this file system takes'],
  23: ['AUTH', 'passes', 'an authorizer forbids it'],
  24: ['FORMAT', 'permanent', 'the file is of another kind'],
  25: ['RANGE', 'permanent', 'a fault of this library'],
  26: ['NOTADB', 'permanent', 'the file is no database'],
}

/** A text is longer than SQLite can store. */
export const TOOBIG = 18

/** The open file was moved: a permanent kind of READONLY. */
export const READONLY_DBMOVED = 1032
