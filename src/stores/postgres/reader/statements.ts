import { literal } from '../names.ts'
import type { LogTable } from './LogTable.ts'

/** How many ids behind what is settled are looked through for their contiguous beginning, where only some streams are read. */
const WINDOW = 10_000

/** The statements that a reader sends. Each has, beside its rows, one with an id of NULL, that holds the look as JSON. */
export interface Statements {
  /** `$1` after, `$2` limit. Rows alone: of a page that is not full, the last one is the head. */
  readonly tail: string
  /** `$1` after, `$2` limit. Does not look at the locks, for a page that has no hole. */
  readonly quick: string
  /** `$1` after, `$2` limit. */
  readonly all: string
  /** `$1` after, `$2` limit, `$3` settled, `$4` streams. */
  readonly some: string
  readonly look: string
  readonly head: string
  /** `$1` and `$2`: the first and last ids of holes. Gives an id that turned up in one. */
  readonly tripwire: string
}

/** Writes the statements for a table. */
export function statementsFor(table: LogTable): Statements {
  const { name, id } = table
  const columns = [`${id}::text`, ...table.columns].join(', ')
  const blanks = 'NULL::text, NULL::text, NULL::text, NULL::text, NULL::text'
  const look = (extra = holdersSql(table)) => `SELECT NULL::text, ${lookSql(table, extra)}, ${blanks}`
  const rows = `SELECT ${columns} FROM ${name} t WHERE t.${id} > $1 ORDER BY t.${id} LIMIT $2`
  // Of ids in order, the n-th is n behind the base just as long as none is missing.
  const proven = `SELECT coalesce(max(id) FILTER (WHERE id = greatest($1, $3) + n), greatest($1, $3)) AS id FROM
    (SELECT id, row_number() OVER (ORDER BY id) AS n FROM
      (SELECT ${id} AS id FROM ${name} t WHERE t.${id} > greatest($1::bigint, $3::bigint) ORDER BY t.${id} LIMIT ${WINDOW}) w) v`
  const some = table.filtered({ columns, streams: '$4::text[]', bound: '(SELECT id FROM proven)' })
  return {
    tail: rows,
    quick: `(${rows}) UNION ALL ${look('')}`,
    all: `(${rows}) UNION ALL ${look()}`,
    some: `WITH proven AS MATERIALIZED (${proven}) (${some})
      UNION ALL ${look(`${holdersSql(table)}, 'proven', (SELECT id FROM proven)`)}`,
    look: look(),
    head: `SELECT max(${id})::text FROM ${name}`,
    tripwire: `SELECT found.id::text FROM unnest($1::bigint[], $2::bigint[]) AS hole (first, last)
      CROSS JOIN LATERAL (SELECT ${id} AS id FROM ${name} t
        WHERE t.${id} >= hole.first AND t.${id} <= hole.last ORDER BY t.${id} LIMIT 1) found LIMIT 1`,
  }
}

/** The head comes from the statement's snapshot, the locks are looked at after that was taken. */
function lookSql({ name, id, sequence, sequenceReadable }: LogTable, extra: string): string {
  return `json_build_object('head', (SELECT max(${id}) FROM ${name}), 'standby', pg_is_in_recovery(),
    'drawn', ${sequenceReadable ? `(SELECT last_value FROM ${sequence.name})` : 'NULL'}${extra})::text`
}

function holdersSql({ sequence, sequenceReadable }: LogTable): string {
  // By its name, where that can be looked up: one that was dropped and restored has another number.
  const oid = sequenceReadable ? `${literal(sequence.name)}::regclass` : `${literal(sequence.oid)}::oid`
  return `, 'holders', (SELECT json_agg(DISTINCT virtualtransaction) FROM pg_locks
    WHERE locktype = 'relation' AND relation = ${oid} AND mode = 'RowExclusiveLock' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND pid IS DISTINCT FROM pg_backend_pid())`
}
