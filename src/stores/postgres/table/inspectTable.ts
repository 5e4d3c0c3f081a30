import { StoreError } from '../../../../operators/ports/errors/StoreError.ts'
import type { Queryable } from '../driver/Driver.ts'
import { quote } from '../names.ts'
import type { LogTable } from '../reader/LogTable.ts'
import {
  type ColumnFacts,
  columnsOf,
  findTable,
  isIndexed,
  partsOf,
  type SequenceFacts,
  sequencesOf,
  type TableFacts,
} from './catalogue.ts'
import { columnExpressions } from './columnExpressions.ts'
import type { EventsTable } from './fromTable.ts'

const INTEGERS = ['int2', 'int4', 'int8']

const KINDS: Readonly<Record<string, string>> = {
  f: 'is a foreign table: the locks of its writers are on another server. Read it there',
  v: 'is a view: name the table behind it',
  m: 'is a materialized view: name the table behind it',
}

/** What is said of something that cannot be read safely. */
type Refuse = (why: string) => StoreError

/**
 * Looks at a table, and refuses whatever would defeat the proof of what is still to come.
 *
 * @throws {StoreError} says why, and what to do about it.
 */
export async function inspectTable(db: Queryable, events: EventsTable, address: string): Promise<LogTable> {
  const { table, schema, columns, numbers } = events
  const asked = schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`
  const refuse: Refuse = (why) => new StoreError(address, `the table ${asked} ${why}`)
  const found = await findTable(db, asked)
  if (found === undefined)
    throw refuse('does not exist, or its schema is out of reach: name its schema, or grant USAGE on it')
  checkTable(found, refuse)
  const present = new Map((await columnsOf(db, found.oid)).map((column) => [column.name, column]))
  const id = present.get(columns.id)
  if (id === undefined) throw refuse(`has no column ${quote(columns.id)}`)
  const sequence = await checkId(db, found, id, refuse)
  await checkParts(db, found, id, sequence, refuse)
  const expressions = columnExpressions(columns, numbers, (name) => {
    const column = present.get(name)
    if (column === undefined) throw refuse(`has no column ${quote(name)}`)
    return column
  })
  const [first] = await db.query(`SELECT min(${quote(id.name)})::text FROM ${found.name}`)
  if (first?.[0] !== null && Number(first?.[0]) < 1) {
    throw refuse(`has an id ${first?.[0]}: positions are positive. Move these events to new ids`)
  }
  return {
    name: found.name,
    id: quote(id.name),
    columns: expressions.columns,
    texts: expressions.texts,
    sequence: { name: sequence.name, oid: sequence.oid },
    sequenceReadable: sequence.readable,
    filtered: ({ columns: selected, streams, bound }) => `SELECT ${selected} FROM ${found.name} t
      WHERE t.${quote(id.name)} > $1 AND t.${quote(id.name)} <= ${bound} AND ${expressions.stream} = ANY (${streams})
      ORDER BY t.${quote(id.name)} LIMIT $2`,
  }
}

function checkTable({ kind, persistence, rowSecurity, standby, serverVersion }: TableFacts, refuse: Refuse): void {
  if (serverVersion < 100_000)
    throw refuse('is on a PostgreSQL older than 10, which shows no locks of sequences: upgrade it')
  if (standby) throw refuse('is on a standby, which knows no locks of its primary: connect to the primary')
  if (kind !== 'r' && kind !== 'p') throw refuse(KINDS[kind] ?? 'is no table')
  checkPersistence(persistence, refuse)
  if (rowSecurity) {
    throw refuse('hides rows from this role by row-level security: read it as a role with BYPASSRLS, or as its owner')
  }
}

function checkPersistence(persistence: string, refuse: Refuse): void {
  if (persistence === 'u') {
    throw refuse('is unlogged: a crash empties it, and its ids start over. ALTER TABLE … SET LOGGED')
  }
  if (persistence === 't') throw refuse('is temporary: nobody else sees its rows')
}

async function checkId(db: Queryable, table: TableFacts, id: ColumnFacts, refuse: Refuse): Promise<SequenceFacts> {
  const column = quote(id.name)
  if (!INTEGERS.includes(id.type)) {
    throw refuse(`has ids of the type ${id.type}: add a column "bigint GENERATED ALWAYS AS IDENTITY", and read by that`)
  }
  const sequences = await sequencesOf(db, table.oid, id)
  if (id.identity === '' && id.default === null) {
    throw refuse(
      `has no sequence behind ${column}: ids that are drawn elsewhere, before the insert or in another transaction, cannot ` +
        `be proven complete. Make it GENERATED ALWAYS AS IDENTITY, and let the inserts draw it`,
    )
  }
  if (id.identity === '' && !/^nextval\('(?:[^']|'')+'::regclass\)$/.test(id.default!)) {
    throw refuse(`gives ${column} a default that is not plain nextval, but ${id.default}: use a sequence, or IDENTITY`)
  }
  if (sequences.length !== 1) {
    const names = sequences.map(({ name }) => name).join(', ')
    throw refuse(
      `has ${sequences.length} sequences behind ${column} (${names}): leave one, with OWNED BY, and drop the others`,
    )
  }
  checkSequence(sequences[0]!, refuse)
  if (!(await isIndexed(db, table.oid, id))) {
    throw refuse(
      `has no index on ${column}: every look would read all of it. CREATE INDEX ON ${table.name} (${column})`,
    )
  }
  return sequences[0]!
}

function checkSequence({ name, cache, increment, cycle }: SequenceFacts, refuse: Refuse): void {
  if (cache !== 1) {
    throw refuse(
      `draws from ${name} with CACHE ${cache}: a session keeps numbers, and uses them later. ALTER SEQUENCE ${name} CACHE 1, ` +
        `and reconnect all writers`,
    )
  }
  if (increment !== 1)
    throw refuse(`draws from ${name} with INCREMENT ${increment}: ALTER SEQUENCE ${name} INCREMENT 1`)
  if (cycle) throw refuse(`draws from ${name} with CYCLE: its ids come back. ALTER SEQUENCE ${name} NO CYCLE`)
}

async function checkParts(
  db: Queryable,
  table: TableFacts,
  id: ColumnFacts,
  sequence: SequenceFacts,
  refuse: Refuse,
): Promise<void> {
  for (const part of await partsOf(db, table.oid, id.name)) {
    const refusePart: Refuse = (why) => refuse(part.name === table.name ? why : `has a part ${part.name}, which ${why}`)
    if (part.kind === 'f') throw refusePart(KINDS.f!)
    checkPersistence(part.persistence, refusePart)
    if (part.subscribed) {
      throw refusePart('is filled by logical replication: its writers are on another server. Read it on its publisher')
    }
    if (part.sequence !== null && part.sequence !== sequence.oid) {
      throw refusePart(`draws its ids from another sequence: give ${quote(id.name)} there the default of the parent`)
    }
  }
}
