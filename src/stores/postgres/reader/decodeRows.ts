import type { EventType, Recorded } from '../../../../operators/model/event.ts'
import { StoreError } from '../../../../operators/ports/errors/StoreError.ts'
import type { Row } from '../driver/Driver.ts'
import { type ColumnTexts, checkText, isSameNumber, isSuspect } from './columnTexts.ts'
import type { LogTable } from './LogTable.ts'

/** How many characters of payloads are decoded at once, at the least: one text for many is less work than many texts. */
const CHUNK = 1 << 16

const ID = 0
const STREAM = 1
const TYPE = 2
const PAYLOAD = 3
const REVISION = 4
const RECORDED_AT = 5
const METADATA = 6

/**
 * Turns rows into events.
 *
 * @param linked which events tell the one before them: all of them, or those behind a hole; `first` for a page that itself
 *   begins behind one.
 */
export function decodeRows(
  address: string,
  rows: readonly Row[],
  ids: readonly number[],
  { after, linked }: { readonly after: number; readonly linked: 'all' | 'behind holes' | 'first' },
  texts?: LogTable['texts'],
): Recorded<EventType>[] {
  const payloads = decodePayloads(address, rows, texts?.payload)
  let previous = after
  return rows.map((row, index) => {
    const id = ids[index]!
    const event = toEvent(address, row, id, payloads[index], texts)
    const isLinked = linked === 'all' || (linked === 'first' && index === 0) || id !== previous + 1
    if (isLinked) (event as { previous?: number }).previous = previous
    previous = id
    return event
  })
}

function toEvent(
  address: string,
  row: Row,
  id: number,
  payload: unknown,
  texts: LogTable['texts'],
): Recorded<EventType> {
  const event: Record<string, unknown> = { id, stream: row[STREAM] ?? undefined, type: row[TYPE] ?? undefined, payload }
  if (row[REVISION] !== null) event.revision = revisionOf(address, row, texts?.revision)
  if (row[RECORDED_AT] !== null) event.recordedAt = row[RECORDED_AT]
  if (row[METADATA] !== null) event.metadata = decodeOne(address, row, METADATA, texts?.metadata)
  return event as unknown as Recorded<EventType>
}

function revisionOf(address: string, row: Row, column: string | undefined): number {
  const revision = Number(row[REVISION])
  if (column === undefined || isSameNumber(row[REVISION] as string, revision)) return revision
  throw new StoreError(
    address,
    `event ${row[ID]} has a revision that is no number of JavaScript in the column "${column}": ${row[REVISION]}`,
  )
}

function decodePayloads(address: string, rows: readonly Row[], texts: ColumnTexts | undefined): readonly unknown[] {
  const payloads: unknown[] = []
  let start = 0
  let text = ''
  for (let index = 0; index < rows.length; index++) {
    const one = (rows[index]![PAYLOAD] as string | null) ?? 'null'
    text = text === '' ? one : `${text},${one}`
    if (text.length < CHUNK && index < rows.length - 1) continue
    for (const payload of decode(address, text, rows.slice(start, index + 1), texts)) payloads.push(payload)
    start = index + 1
    text = ''
  }
  return payloads
}

function decode(
  address: string,
  text: string,
  rows: readonly Row[],
  texts: ColumnTexts | undefined,
): readonly unknown[] {
  if (texts?.scanned && isSuspect(text)) {
    for (const row of rows) checkText(address, row[ID], (row[PAYLOAD] as string | null) ?? 'null', texts)
  }
  try {
    const payloads: unknown[] = JSON.parse(`[${text}]`)
    if (payloads.length === rows.length) {
      return texts?.convert === undefined ? payloads : payloads.map(texts.convert)
    }
  } catch {
    // Which one it is, is found out below.
  }
  return rows.map((row) => (row[PAYLOAD] === null ? null : decodeOne(address, row, PAYLOAD, texts)))
}

function decodeOne(address: string, row: Row, column: number, texts: ColumnTexts | undefined): unknown {
  if (texts !== undefined) checkText(address, row[ID], row[column] as string, texts)
  try {
    const value = JSON.parse(row[column] as string)
    return texts?.convert === undefined ? value : texts.convert(value)
  } catch (cause) {
    const what = column === PAYLOAD ? 'payload' : 'metadata'
    throw new StoreError(address, `the ${what} of event ${row[ID]} is no JSON`, { cause })
  }
}
