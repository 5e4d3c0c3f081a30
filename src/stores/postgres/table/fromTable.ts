import { checkDelay } from '../../../../operators/kernel/arguments.ts'
import { inspect } from '../../../../operators/model/errors/inspect.ts'
import { checkKeys } from '../../../../operators/model/keys.ts'
import { checkName } from '../../support/checkArguments.ts'
import { checkIdentifier } from '../names.ts'

/** Where a stream or a type comes from: the name of a column, or the same for all rows. */
export type TextSource = string | { readonly constant: string }

/** Which columns make an event. */
export interface EventColumns {
  /** The ids: of an integer type, given by one sequence. They are the positions. */
  readonly id: string
  readonly stream: TextSource
  readonly type: TextSource
  /** A column of JSON (`json`, `jsonb`, or text that holds it), or of anything; or several, which make an object. */
  readonly payload: string | readonly string[]
  /** The event's place in its stream. Default: none. */
  readonly revision?: string
  /** When the event was recorded: a time, or text in ISO 8601. A time without a zone is taken as UTC. Default: none. */
  readonly recordedAt?: string
  /** A column of JSON objects. Default: none. */
  readonly metadata?: string
}

/** How numbers are given that a JavaScript number may not hold. */
export type Numbers = (typeof NUMBERS)[number]

const NUMBERS = ['refuse', 'string', 'bigint'] as const

/** What `fromTable` has to be told. */
export interface FromTableOptions {
  readonly table: string
  /** Default: where the connection's search path finds the table. */
  readonly schema?: string
  readonly columns: EventColumns
  /** A channel that is notified of new events, by a trigger of yours: they are then read at once. Default: none. */
  readonly channel?: string
  /** How often to look for new events while somebody follows them, in ms. Default: 1 000; with a channel 30 000. */
  readonly pollEvery?: number
  /**
   * How the numbers of payloads and metadata are given. The type of a column decides, never a value.
   *
   * - `'refuse'`: all are JavaScript numbers. A value that would come back changed is a `StoreError` that names the event and
   *   the column. That is a `bigint` beyond 2^53, a `numeric` with more digits than a number has, `NaN`, an infinity, a time
   *   that ISO 8601 has no common form for, or an array that does not begin at 1.
   * - `'string'`: columns of `bigint` and `numeric`, and arrays of them, are strings: PostgreSQL's own text.
   * - `'bigint'`: columns of `bigint`, and of `numeric` that declares no decimals, are BigInts; other `numeric`s are strings.
   *
   * Numbers within JSON columns and composite types are JavaScript numbers, and are refused when they do not fit, always.
   * Default: `'refuse'`.
   */
  readonly numbers?: Numbers
}

/** An events table of the application's, as `postgres` takes it. */
export class EventsTable {
  readonly table: string
  readonly schema: string | undefined
  readonly columns: EventColumns
  readonly channel: string | undefined
  readonly pollEvery: number
  readonly numbers: Numbers

  /** @throws {TypeError | RangeError} names the option that is wrong. */
  constructor(options: FromTableOptions) {
    checkKeys(options, ['table', 'schema', 'columns', 'channel', 'pollEvery', 'numbers'])
    const { table, schema, columns, channel, pollEvery = channel === undefined ? 1_000 : 30_000 } = options
    const { numbers = 'refuse' } = options
    checkIdentifier('table', table)
    if (schema !== undefined) checkIdentifier('schema', schema)
    if (channel !== undefined) checkIdentifier('channel', channel)
    checkDelay('pollEvery', pollEvery)
    checkColumns(columns)
    if (!NUMBERS.includes(numbers)) {
      throw new TypeError(`numbers must be 'refuse', 'string' or 'bigint', not ${inspect(numbers)}`)
    }
    this.table = table
    this.schema = schema
    this.columns = { ...columns }
    this.channel = channel
    this.pollEvery = pollEvery
    this.numbers = numbers
  }
}

/**
 * Reads events from a table that an application has already; nothing is ever written to it. Its columns may have any names.
 *
 * Its ids have to come from one sequence, drawn one by one by the inserts themselves; only then can be proven which events
 * are still to come. When the table is first read, whatever defeats that is refused with a `StoreError` that says why, and
 * what to do.
 *
 * @example
 * ```ts no-run: it needs a server with that table
 * import { fromTable, postgres } from 'rx-projection/postgres'
 *
 * await using store = postgres({
 *   connectionString: 'postgres://localhost/shop',
 *   events: fromTable({
 *     table: 'order_events',
 *     columns: { id: 'id', stream: 'order_id', type: 'kind', payload: 'data', recordedAt: 'created_at' },
 *   }),
 * })
 * ```
 * @throws {TypeError | RangeError} names the option that is wrong.
 */
export function fromTable(options: FromTableOptions): EventsTable {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options must be an object, not ${inspect(options)}`)
  }
  return new EventsTable(options)
}

function checkColumns(columns: EventColumns): void {
  if (typeof columns !== 'object' || columns === null) {
    throw new TypeError(`columns must be an object, not ${inspect(columns)}`)
  }
  checkKeys(columns, ['id', 'stream', 'type', 'payload', 'revision', 'recordedAt', 'metadata'], 'columns')
  const { id, stream, type, payload, revision, recordedAt, metadata } = columns
  checkIdentifier('columns.id', id)
  for (const [name, source] of Object.entries({ stream, type })) {
    if (typeof source === 'object' && source !== null) checkName(`columns.${name}.constant`, source.constant)
    else checkIdentifier(`columns.${name}`, source)
  }
  if (Array.isArray(payload)) {
    if (payload.length === 0) throw new TypeError('columns.payload must name at least one column')
    for (const [index, column] of payload.entries()) checkIdentifier(`columns.payload[${index}]`, column)
  } else checkIdentifier('columns.payload', payload)
  for (const [name, column] of Object.entries({ revision, recordedAt, metadata })) {
    if (column !== undefined) checkIdentifier(`columns.${name}`, column)
  }
}
