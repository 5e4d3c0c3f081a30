import { StoreError } from '../../../../operators/ports/errors/StoreError.ts'

/** What the text of a payload begins with when a column has a value that cannot be given. No JSON begins so. */
export const LOSSY = '!lossy '

/**
 * Where numbers begin that JavaScript may not hold: those of 16 digits and more, and those with an exponent of three digits.
 * All others are the numbers that JavaScript writes.
 */
const SUSPECT = /(?:^|[:,[\s])-?(?:[\d.]{16}|[\d.]{1,15}[eE][+-]?\d{3})/

/** How the JSON of one or several columns is decoded. */
export interface ColumnTexts {
  /** The column; `undefined` for an object of several. */
  readonly column: string | undefined
  /** Whether it may have numbers that JavaScript cannot hold. */
  readonly scanned: boolean
  /** Makes of the decoded JSON what the event has; `undefined` for nothing to be made. */
  readonly convert?: ((value: unknown) => unknown) | undefined
}

/** Whether a text of JSON may have a number that JavaScript cannot hold. Quick, and sometimes wrong about a text in it. */
export function isSuspect(text: string): boolean {
  return SUSPECT.test(text)
}

/** @throws {StoreError} names the event and the column, when the text has a value that would come back changed. */
export function checkText(address: string, id: unknown, text: string, { column, scanned }: ColumnTexts): void {
  if (text.startsWith(LOSSY)) {
    throw new StoreError(
      address,
      `event ${id} has a value that an event cannot hold in the column ${text.slice(LOSSY.length)}`,
    )
  }
  if (!scanned || !isSuspect(text)) return
  const changed = findChanged(text)
  if (changed === undefined) return
  const [first, ...rest] = column === undefined ? changed.path : [column, ...changed.path]
  const place = rest.length === 0 ? '' : ` (at ${rest.join('.')})`
  throw new StoreError(
    address,
    `event ${id} has a number that JavaScript cannot hold in the column "${first}"${place}: ${shortened(changed.source)}. ` +
      `Columns of bigint and numeric are read exactly with numbers: 'string' or 'bigint'; within JSON, write it as a text`,
  )
}

/** Whether JavaScript writes a number as the one that a text gives, however that is written. */
export function isSameNumber(text: string, value: number): boolean {
  return Number.isFinite(value) && digitsOf(text) === digitsOf(String(value))
}

function findChanged(text: string): { readonly path: readonly string[]; readonly source: string } | undefined {
  let source: string | undefined
  let holder: unknown
  let path: string[] = []
  const look = function (this: unknown, key: string, value: unknown, context?: { readonly source?: string }): unknown {
    if (source === undefined) {
      if (typeof value === 'number' && !isSameNumber(context!.source!, value)) {
        source = context!.source!
        holder = this
        path = [key]
      }
    } else if (value === holder) {
      holder = this
      path.unshift(key)
    }
    return value
  }
  try {
    JSON.parse(text, look)
  } catch {
    // That it is no JSON is said by whoever decodes it.
    return undefined
  }
  // The first key is that of the root, which has no name.
  return source === undefined ? undefined : { path: path.slice(1), source }
}

/** The sign, the digits without zeros around them, and the power of ten of the last one. */
function digitsOf(text: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  if (whole === undefined) return text
  const all = whole + fraction
  const digits = all.replace(/0+$/, '')
  const significant = digits.replace(/^0+/, '')
  if (significant === '') return '0'
  return `${sign}${significant}e${Number(exponent) - fraction.length + all.length - digits.length}`
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
