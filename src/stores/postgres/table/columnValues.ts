import { literal, quote } from '../names.ts'
import { LOSSY } from '../reader/columnTexts.ts'
import type { BaseType, ColumnFacts } from './catalogue.ts'
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
export function columnValue({ name, base }: ColumnFacts, numbers: Numbers): ColumnValue {
  const column = `t.${quote(name)}`
  const written = numbers === 'string' || (numbers === 'bigint' && !isWhole(base))
  const lossy = conditions(column, base, numbers, written)
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
    return { ...plain, value, bigint: numbers === 'bigint' && isWhole(base) }
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

function isWhole({ type, scale }: BaseType): boolean {
  return type === 'int8' || (scale !== null && scale <= 0)
}

/** Conditions of values that are lost, or look like others, in JSON. `written` says whether numerics are written as texts. */
function conditions(value: string, base: BaseType, numbers: Numbers, written: boolean): string[] {
  const { type, array, vector, fields } = base
  if (array) {
    const inside = conditions('u.v', { ...base, array: false }, numbers, written)
    const found = inside.map((condition) => `EXISTS (SELECT FROM (SELECT unnest(${value}) AS v) u WHERE ${condition})`)
    // JSON has no room for the bounds of an array.
    if (numbers === 'refuse' && !vector) found.push(`array_dims(${value}) ~ '[[](?!1:)'`)
    return found
  }
  if (fields !== undefined) {
    // JSON is made of a composite as a whole: its numbers stay numbers.
    return fields.flatMap((field) => conditions(`(${value}).${quote(field.name)}`, field.base, numbers, false))
  }
  // `to_json` writes these as texts, between numbers.
  if (FLOATS.includes(type) || (type === 'numeric' && !written)) return [`${value}::text IN (${NOT_FINITE})`]
  return numbers === 'refuse' && TIMES.includes(type) ? [outOfYears(value, type)] : []
}

/** Whether a time, or a date, is infinite or outside of the years 1 to 9999: ISO 8601 has no common form for it. */
export function outOfYears(value: string, type: string): string {
  const zone = type === 'timestamptz' ? '+00' : ''
  return `(${value} < '0001-01-01${zone}' OR ${value} >= '10000-01-01${zone}')`
}
