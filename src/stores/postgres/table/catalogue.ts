import type { Queryable } from '../driver/Driver.ts'

/** What PostgreSQL knows of a table. */
export interface TableFacts {
  readonly oid: string
  readonly name: string
  /** `r` table, `p` partitioned table, `v` view, `m` materialized view, `f` foreign table, … */
  readonly kind: string
  /** `p` permanent, `u` unlogged, `t` temporary. */
  readonly persistence: string
  readonly rowSecurity: boolean
  readonly standby: boolean
  readonly serverVersion: number
}

/** What it knows of a column. */
export interface ColumnFacts {
  readonly name: string
  readonly number: number
  readonly type: string
  /** `a` always, `d` by default, empty for no identity. */
  readonly identity: string
  readonly default: string | null
  readonly base: BaseType
}

/** What a column's values are made of: what is behind its domains and arrays. */
export interface BaseType {
  readonly type: string
  /** `b` base, `c` composite, `e` enum, `r` range, `p` pseudo, … */
  readonly kind: string
  readonly array: boolean
  /** Whether it is an `int2vector` or an `oidvector`, which begin at 0. */
  readonly vector: boolean
  /** Whether it does not come with PostgreSQL, so that it may have a cast to JSON of its own. */
  readonly added: boolean
  /** Of a numeric that declares them; otherwise `null`. */
  readonly precision: number | null
  readonly scale: number | null
  /** The number of the relation that holds the fields of a composite. */
  readonly relation: string
  /** The fields of a composite. */
  readonly fields?: readonly ColumnFacts[]
}

/** What it knows of a sequence, and how it belongs to a column. */
export interface SequenceFacts {
  readonly oid: string
  readonly name: string
  readonly cache: number
  readonly increment: number
  readonly cycle: boolean
  readonly readable: boolean
  /** `i` of an identity, `a` owned by the column, `d` used by its default. */
  readonly bond: string
}

/** A table, or a part of it (a partition, a child), with what belongs to its ids. */
export interface PartFacts {
  readonly name: string
  readonly kind: string
  readonly persistence: string
  readonly subscribed: boolean
  /** The sequence that its own inserts draw from; `null` for none. */
  readonly sequence: string | null
}

/** Finds a table by its name as SQL takes it; `undefined` where there is none. */
export async function findTable(db: Queryable, name: string): Promise<TableFacts | undefined> {
  return one<TableFacts>(
    db,
    `SELECT json_build_object('oid', c.oid::text, 'name', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
       'persistence', c.relpersistence, 'rowSecurity', row_security_active(c.oid), 'standby', pg_is_in_recovery(),
       'serverVersion', current_setting('server_version_num')::int)::text
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)`,
    name,
  )
}

/** The columns of a table, or the fields of a composite. */
export async function columnsOf(db: Queryable, table: string): Promise<readonly ColumnFacts[]> {
  const columns = await many<ColumnFacts>(
    db,
    `WITH RECURSIVE layer AS (
       SELECT attnum, atttypid AS oid, atttypmod AS typmod, false AS array, false AS vector FROM pg_attribute
       WHERE attrelid = $1::oid AND attnum > 0 AND NOT attisdropped
       UNION ALL
       SELECT l.attnum, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END,
         CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE l.typmod END,
         l.array OR t.typtype <> 'd', l.vector OR t.typname IN ('int2vector', 'oidvector')
       FROM layer l JOIN pg_type t ON t.oid = l.oid
       WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0)
     ), base AS (
       SELECT l.attnum, json_build_object('type', t.typname, 'kind', t.typtype, 'array', l.array, 'vector', l.vector,
         'relation', t.typrelid::text,
         'added', t.oid >= 16384 AND t.typtype = 'b',
         'precision', CASE WHEN t.typname = 'numeric' AND l.typmod >= 4 THEN ((l.typmod - 4) >> 16) & 65535 END,
         'scale', CASE WHEN t.typname = 'numeric' AND l.typmod >= 4 THEN (((l.typmod - 4) & 2047) # 1024) - 1024 END) AS facts
       FROM layer l JOIN pg_type t ON t.oid = l.oid
       WHERE t.typtype <> 'd' AND NOT (t.typcategory = 'A' AND t.typelem <> 0)
     )
     SELECT json_build_object('name', a.attname, 'number', a.attnum, 'type', t.typname, 'identity', a.attidentity,
       'default', pg_get_expr(d.adbin, d.adrelid), 'base', b.facts)::text
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN base b ON b.attnum = a.attnum
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped`,
    table,
  )
  // A composite holds no value of its own kind, so that this ends.
  return Promise.all(
    columns.map(async (column) => {
      const { base } = column
      if (base.kind !== 'c') return column
      return { ...column, base: { ...base, fields: await columnsOf(db, base.relation) } }
    }),
  )
}

/** The sequences behind a column: those that belong to it, and those that its default names. */
export async function sequencesOf(
  db: Queryable,
  table: string,
  { number }: ColumnFacts,
): Promise<readonly SequenceFacts[]> {
  return many<SequenceFacts>(
    db,
    `SELECT json_build_object('oid', s.oid::text, 'name', format('%I.%I', n.nspname, s.relname), 'cache', q.seqcache,
       'increment', q.seqincrement, 'cycle', q.seqcycle, 'bond', string_agg(b.bond, ''),
       'readable', has_sequence_privilege(s.oid, 'SELECT'))::text
     FROM (
       SELECT objid AS oid, deptype::text AS bond FROM pg_depend
       WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = $1::oid
         AND refobjsubid = ${number} AND deptype IN ('a', 'i')
       UNION ALL
       SELECT p.refobjid, 'd' FROM pg_attrdef d
       JOIN pg_depend p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid AND p.refclassid = 'pg_class'::regclass
       WHERE d.adrelid = $1::oid AND d.adnum = ${number} AND p.refobjid <> $1::oid
     ) b JOIN pg_class s ON s.oid = b.oid AND s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace
     JOIN pg_sequence q ON q.seqrelid = s.oid
     GROUP BY s.oid, n.nspname, s.relname, q.seqcache, q.seqincrement, q.seqcycle`,
    table,
  )
}

/** A table and all that its rows may lie in. */
export async function partsOf(db: Queryable, table: string, column: string): Promise<readonly PartFacts[]> {
  return many<PartFacts>(
    db,
    `WITH RECURSIVE part AS (
       SELECT $1::oid AS oid UNION SELECT i.inhrelid FROM pg_inherits i JOIN part ON i.inhparent = part.oid)
     SELECT json_build_object('name', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind,
       'persistence', c.relpersistence,
       'subscribed', EXISTS (SELECT FROM pg_subscription_rel r WHERE r.srrelid = c.oid),
       'sequence', coalesce(
         (SELECT s.refobjid::text FROM pg_attrdef d JOIN pg_depend s ON s.classid = 'pg_attrdef'::regclass
            AND s.objid = d.oid AND s.refclassid = 'pg_class'::regclass
          JOIN pg_class q ON q.oid = s.refobjid AND q.relkind = 'S'
          WHERE d.adrelid = c.oid AND d.adnum = a.attnum LIMIT 1),
         (SELECT s.objid::text FROM pg_depend s WHERE s.classid = 'pg_class'::regclass AND s.deptype = 'i'
            AND s.refclassid = 'pg_class'::regclass AND s.refobjid = c.oid AND s.refobjsubid = a.attnum LIMIT 1)))::text
     FROM part JOIN pg_class c ON c.oid = part.oid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = $2 AND NOT a.attisdropped`,
    table,
    column,
  )
}

/** Whether an index leads to a row by the column alone. */
export async function isIndexed(db: Queryable, table: string, { number }: ColumnFacts): Promise<boolean> {
  const rows = await db.query(
    `SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
     WHERE i.indrelid = $1::oid AND i.indkey[0] = ${number} AND i.indpred IS NULL AND i.indisvalid AND m.amname = 'btree'`,
    [table],
  )
  return rows.length > 0
}

async function one<T>(db: Queryable, text: string, ...values: readonly string[]): Promise<T | undefined> {
  return (await many<T>(db, text, ...values))[0]
}

async function many<T>(db: Queryable, text: string, ...values: readonly string[]): Promise<readonly T[]> {
  return (await db.query(text, values)).map(([json]) => JSON.parse(json as string) as T)
}
