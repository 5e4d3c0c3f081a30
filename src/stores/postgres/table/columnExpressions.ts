import { literal, quote } from '../names.ts'
import type { LogTable } from '../reader/LogTable.ts'
import type { ColumnFacts } from './catalogue.ts'
import type { EventColumns, TextSource } from './fromTable.ts'

const JSON_TYPES = ['json', 'jsonb']
const TEXT_TYPES = ['text', 'varchar', 'bpchar', 'citext']
/** Of these, `=` with a text can use an index. */
const PLAIN_TEXT_TYPES = ['text', 'varchar']

/** How the columns of a table become those of an event. The table is called `t`. */
export interface ColumnExpressions {
  readonly columns: LogTable['columns']
  /** The stream, for a comparison. */
  readonly stream: string
}

/** Writes the expressions of a table's columns, by their types. */
export function columnExpressions(columns: EventColumns, factsOf: (column: string) => ColumnFacts): ColumnExpressions {
  const { stream, type, payload, revision, recordedAt, metadata } = columns
  const text = (source: TextSource): string => {
    if (typeof source !== 'string') return `${literal(source.constant)}::text`
    return PLAIN_TEXT_TYPES.includes(factsOf(source).type) ? of(source) : `${of(source)}::text`
  }
  const json = (column: string): string => jsonOf(factsOf(column))
  const object = (names: readonly string[]): string => {
    const fields = names.map((name) => of(factsOf(name).name))
    return `(SELECT row_to_json(r) FROM (SELECT ${fields.join(', ')}) r)::text`
  }
  return {
    columns: [
      text(stream),
      text(type),
      typeof payload === 'string' ? json(payload) : object(payload),
      revision === undefined ? 'NULL' : `${of(factsOf(revision).name)}::text`,
      recordedAt === undefined ? 'NULL' : timeOf(factsOf(recordedAt)),
      metadata === undefined ? 'NULL' : json(metadata),
    ],
    stream: text(stream),
  }
}

function of(column: string): string {
  return `t.${quote(column)}`
}

function jsonOf({ name, type }: ColumnFacts): string {
  if (JSON_TYPES.includes(type) || TEXT_TYPES.includes(type)) return `${of(name)}::text`
  return `to_json(${of(name)})::text`
}

function timeOf({ name, type }: ColumnFacts): string {
  const format = (time: string) => `to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  if (type === 'timestamptz') return format(`${of(name)} AT TIME ZONE 'UTC'`)
  if (type === 'timestamp' || type === 'date') return format(`${of(name)}::timestamp`)
  return `${of(name)}::text`
}
