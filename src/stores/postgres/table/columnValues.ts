import { literal, quote } from '../names.ts'
import { LOSSY } from '../reader/columnTexts.ts'
import type { ColumnFacts } from './catalogue.ts'
import type { Numbers } from './fromTable.ts'

const FLOATS = ['float4', 'float8']
const TIMES = ['date', 'timestamp', 'timestamptz']
const JSON_TYPES = ['json', 'jsonb']
/** A numeric of that many digits is always the number that JavaScript writes. */
const DIGITS_OF_A_NUMBER = 15

const NOT_FINITE = `'NaN', 'Infinity', '-Infinity'`

/** How the values of a column come through JSON. */
export interface ColumnValue {
  /** The value in SQL, of a type that `to_json` writes without a loss where that is possible. */
  readonly value: string
  /** SQL conditions of values that JSON or JavaScript cannot hold. */
  readonly lossy: readonly string[]
  /** Whether its JSON may have numbers that JavaScript cannot hold: they are found when it is decoded. */
  readonly scanned: boolean
  /** Whether its JSON has texts of whole numbers, which become BigInts. */
  readonly bigint: boolean
}

/** Decides by the type of a column, and never by a value, how its values come through JSON. */
export function columnValue(facts: ColumnFacts, numbers: Numbers): ColumnValue {
  const { name, base } = facts
  const column = `t.${quote(name)}`
  const lossy = conditions(column, facts, numbers)
  const plain: ColumnValue = { value: column, lossy, scanned: false, bigint: false }
  if (base.type === 'bytea' && !base.array) {
    // The session's `bytea_output` shall not decide how it looks.
    return { ...plain, value: `(${literal('\\x')} || encode(${column}, 'hex'))` }
  }
  const isNumeric = base.type === 'numeric'
  if (base.type === 'int8' || isNumeric) {
    if (numbers === 'refuse') {
      return { ...plain, scanned: !isNumeric || base.precision === null || base.precision > DIGITS_OF_A_NUMBER }
    }
    const value = `${column}::text${base.array ? '[]' : ''}`
    return { ...plain, value, bigint: numbers === 'bigint' && isWhole(facts) }
  }
  return { ...plain, scanned: JSON_TYPES.includes(base.type) || base.kind === 'c' || base.kind === 'p' || base.added }
}

/** An SQL expression that gives `json`, or says which column has a value that cannot be given. */
export function unlessLossy(json: string, columns: readonly (readonly [name: string, value: ColumnValue])[]): string {
  const cases = columns.flatMap(([name, { lossy }]) =>
    lossy.map(
      (condition) =>
        `WHEN ${condition} THEN ${literal(`${LOSSY}${quote(name)}: `)} || left(t.${quote(name)}::text, 100)`,
    ),
  )
  return cases.length === 0 ? json : `CASE ${cases.join(' ')} ELSE ${json} END`
}

function isWhole({ base }: ColumnFacts): boolean {
  return base.type === 'int8' || (base.scale !== null && base.scale <= 0)
}

function conditions(column: string, facts: ColumnFacts, numbers: Numbers): string[] {
  const { type, array, vector } = facts.base
  const found: string[] = []
  const some = (condition: (value: string) => string) =>
    array ? `EXISTS (SELECT FROM unnest(${column}) AS v(v) WHERE ${condition('v.v')})` : condition(column)
  const isNumber = FLOATS.includes(type) || type === 'numeric'
  const isText = type === 'numeric' && (numbers === 'string' || (numbers === 'bigint' && !isWhole(facts)))
  // `to_json` writes these as texts, between numbers.
  if (isNumber && !isText) found.push(some((value) => `${value}::text IN (${NOT_FINITE})`))
  if (numbers !== 'refuse') return found
  if (TIMES.includes(type)) found.push(some((value) => outOfYears(value, type)))
  // JSON has no room for the bounds of an array.
  if (array && !vector) found.push(`array_dims(${column}) ~ '[[](?!1:)'`)
  return found
}

/** Whether a time, or a date, is infinite or outside of the years 1 to 9999: ISO 8601 has no common form for it. */
export function outOfYears(value: string, type: string): string {
  const zone = type === 'timestamptz' ? '+00' : ''
  return `(${value} < '0001-01-01${zone}' OR ${value} >= '10000-01-01${zone}')`
}
