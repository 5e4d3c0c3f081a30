import { literal } from './names.ts'
import { KEY, type Tables } from './schema/migrations.ts'

/** How long a statement waits for a commit under the lease that is on its way, in ms. */
const LOCK_TIMEOUT = 2_000

/** The statements of leases. `$1` is a lease's name, `$2` its epoch or its owner, `$3` a time to live or a channel. */
export interface LeaseStatements {
  readonly take: string
  readonly renew: string
  readonly release: string
  /** `$1`: the locks, as `name@epoch`. */
  readonly unlockAll: string
}

/**
 * Writes the statements of a schema's leases: of one that is held alone, and of one that is held jointly. The lock of that is
 * shared, so it lasts until the last holder's session lets it go; and its row tells by the owner who may join.
 */
export function leaseStatements(schema: string, tables: Tables): Record<'alone' | 'jointly', LeaseStatements> {
  return { alone: statementsOf(schema, tables, false), jointly: statementsOf(schema, tables, true) }
}

function statementsOf(schema: string, { leases }: Tables, joint: boolean): LeaseStatements {
  const key = KEY('$1::text')
  const space = `hashtext(${literal(`rx-leases:${schema}`)})`
  const lockOf = (epoch: string) => `hashtext($1::text || '@' || ${epoch})`
  const oid = (number: string) => `(${number}::bigint & 4294967295)::oid`
  // For this statement alone: behind a pooler the session is another's in a moment.
  const briefly = `set_config('lock_timeout', '${LOCK_TIMEOUT}', true) IS NOT NULL`
  const until = `clock_timestamp() + $3::float8 * interval '1 millisecond'`
  const shared = joint ? '_shared' : ''
  const joins = joint ? `l.owner = $2::text` : 'false'
  const locked = (
    epoch: string,
  ) => `EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = ${oid(space)} AND objid = ${oid(lockOf(epoch))})`
  const holds = `l.until > clock_timestamp() AND ${locked('l.epoch')}`
  const longest = `greatest(l.until, ${until})`
  const taken = joint
    ? `epoch = CASE WHEN ${holds} THEN l.epoch ELSE l.epoch + 1 END, owner = excluded.owner,
        until = CASE WHEN ${holds} THEN greatest(l.until, excluded.until) ELSE excluded.until END`
    : 'epoch = l.epoch + 1, owner = excluded.owner, until = excluded.until'
  return {
    // One that is held is only looked at: its row may be locked by a commit of its holder. Where it is taken, the row is still
    // locked when the session takes its lock: nobody sees the one without the other.
    take: `WITH taken AS (
        INSERT INTO ${leases} AS l (key, name, epoch, owner, until) SELECT ${key}, $1::text, 1, $2::text, ${until}
        WHERE NOT EXISTS (SELECT FROM ${leases} l WHERE l.key = ${key} AND ${holds} AND NOT ${joins}) AND ${briefly}
        ON CONFLICT (key) DO UPDATE SET ${taken}
        WHERE ${joins} OR NOT (${holds})
        RETURNING epoch)
      SELECT epoch::text, pg_advisory_lock${shared}(${space}, ${lockOf('epoch')}) FROM taken`,
    renew: `UPDATE ${leases} AS l SET until = ${joint ? longest : until}
      WHERE key = ${key} AND epoch = $2::bigint AND ${briefly} RETURNING 1`,
    release: joint
      ? // Who is the last one says that it is free.
        `WITH unlocked AS MATERIALIZED (SELECT pg_advisory_unlock_shared(${space}, ${lockOf('$2::text')}) AS done)
      SELECT done, CASE WHEN done AND NOT ${locked('CASE WHEN done THEN $2::text END')} THEN pg_notify($3, '') END FROM unlocked`
      : `WITH released AS (
        UPDATE ${leases} SET until = '-infinity' WHERE key = ${key} AND epoch = $2::bigint AND ${briefly} RETURNING 1)
      SELECT pg_advisory_unlock(${space}, ${lockOf('$2::text')}), (SELECT count(pg_notify($3, '')) FROM released)`,
    unlockAll: `SELECT pg_advisory_unlock${shared}(${space}, hashtext(lock)) FROM unnest($1::text[]) AS lock`,
  }
}
