import { literal, quote } from '../names.ts'
import type { ColumnTexts } from '../reader/columnTexts.ts'
import type { LogTable } from '../reader/LogTable.ts'
import type { ColumnFacts } from './catalogue.ts'
import { type ColumnValue, columnValue, outOfYears, unlessLossy } from './columnValues.ts'
import type { EventColumns, Numbers, TextSource } from './fromTable.ts'

const JSON_TYPES = ['json', 'jsonb']
const TIME_TYPES = ['date', 'timestamp', 'timestamptz']
const TEXT_TYPES = ['text', 'varchar', 'bpchar', 'citext']
/** Of these, `=` with a text can use an index. */
const PLAIN_TEXT_TYPES = ['text', 'varchar']

/** How the columns of a table become those of an event. The table is called `t`. */
export interface ColumnExpressions {
  readonly columns: LogTable['columns']
  readonly texts: NonNullable<LogTable['texts']>
  /** The stream, for a comparison. */
  readonly stream: string
}

/** Writes the expressions of a table's columns, by their types. */
export function columnExpressions(
  columns: EventColumns,
  numbers: Numbers,
  factsOf: (column: string) => ColumnFacts,
): ColumnExpressions {
  const { stream, type, payload, revision, recordedAt, metadata } = columns
  const text = (source: TextSource): string => {
    if (typeof source !== 'string') return `${literal(source.constant)}::text`
    return PLAIN_TEXT_TYPES.includes(factsOf(source).type) ? of(source) : `${of(source)}::text`
  }
  const names = typeof payload === 'string' ? [payload] : payload
  const values = [...names, ...(metadata === undefined ? [] : [metadata])].map(
    (name): readonly [string, ColumnValue] => [name, columnValue(factsOf(name), numbers)],
  )
  const byName = new Map(values)
  const time: readonly [string, ColumnValue][] =
    recordedAt === undefined ? [] : [[recordedAt, { ...PLAIN, lossy: untimely(factsOf(recordedAt)) }]]
  const json = (column: string): string => jsonOf(factsOf(column), byName.get(column)!)
  const object = (): string => {
    const fields = names.map((name) => `${byName.get(name)!.value} AS ${quote(name)}`)
    return `(SELECT row_to_json(r) FROM (SELECT ${fields.join(', ')}) r)::text`
  }
  const one = (column: string): ColumnTexts => {
    const { scanned, bigint } = byName.get(column)!
    return {
      column,
      scanned: scanned || TEXT_TYPES.includes(factsOf(column).type),
      convert: bigint ? toBigInts : undefined,
    }
  }
  return {
    columns: [
      text(stream),
      text(type),
      // What cannot be given in another column is said here, too.
      unlessLossy(typeof payload === 'string' ? json(payload) : object(), [...values, ...time]),
      revision === undefined ? 'NULL' : `${of(factsOf(revision).name)}::text`,
      recordedAt === undefined ? 'NULL' : timeOf(factsOf(recordedAt)),
      metadata === undefined ? 'NULL' : json(metadata),
    ],
    texts: {
      payload: typeof payload === 'string' ? one(payload) : objectTexts(names, byName),
      metadata: metadata === undefined ? undefined : one(metadata),
      revision,
    },
    stream: text(stream),
  }
}

const PLAIN = { value: '', scanned: false, bigint: false } as const

function objectTexts(names: readonly string[], byName: ReadonlyMap<string, ColumnValue>): ColumnTexts {
  const bigints = names.filter((name) => byName.get(name)!.bigint)
  const convert = (object: unknown): unknown => {
    const fields = object as Record<string, unknown>
    for (const name of bigints) fields[name] = toBigInts(fields[name])
    return fields
  }
  return {
    column: undefined,
    scanned: names.some((name) => byName.get(name)!.scanned),
    convert: bigints.length === 0 ? undefined : convert,
  }
}

/** Of a text, or an array of texts, however deep. */
function toBigInts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toBigInts)
  return value === null ? null : BigInt(value as string)
}

function untimely({ name, type, base }: ColumnFacts): string[] {
  if (!TIME_TYPES.includes(type)) return []
  return [outOfYears(of(name), base.type)]
}

function of(column: string): string {
  return `t.${quote(column)}`
}

function jsonOf({ name, type }: ColumnFacts, { value }: ColumnValue): string {
  if (JSON_TYPES.includes(type) || TEXT_TYPES.includes(type)) return `${of(name)}::text`
  return `to_json(${value})::text`
}

function timeOf({ name, type }: ColumnFacts): string {
  const format = (time: string) => `to_char(${time}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
  if (type === 'timestamptz') return format(`${of(name)} AT TIME ZONE 'UTC'`)
  if (type === 'timestamp' || type === 'date') return format(`${of(name)}::timestamp`)
  return `${of(name)}::text`
}
