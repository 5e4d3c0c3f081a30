import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { READONLY_DBMOVED, RESULT_CODES } from './resultCodes.ts'

const SQLITE_TOOBIG = 18

/** SQLite's extended result code, where an error is one of SQLite's. */
function extendedCodeOf(error: unknown): number | undefined {
  const code: unknown = (error as { errcode?: unknown } | null | undefined)?.errcode
  return typeof code === 'number' ? code : undefined
}

/** SQLite's primary result code, where an error is one of SQLite's. */
export function codeOf(error: unknown): number | undefined {
  const code = extendedCodeOf(error)
  return code === undefined ? undefined : code & 0xff
}

/** Whether no retry helps: see {@link RESULT_CODES}. A code that is not known may pass. */
export function isPermanent(error: unknown): boolean {
  const code = extendedCodeOf(error)
  if (code === undefined) return false
  return code === READONLY_DBMOVED || RESULT_CODES[code & 0xff]?.[1] === 'permanent'
}

/** Whether an error says that a text is longer than SQLite takes, 10⁹ bytes. */
export function isTooBig(error: unknown): boolean {
  return codeOf(error) === SQLITE_TOOBIG
}

/**
 * What a failure of SQLite is for a user of the store: what no retry helps becomes a `StoreError`. A locked file, a full disk
 * and the like stay SQLite's own errors: they may pass.
 */
export function storeFailure(path: string, error: unknown): unknown {
  return isPermanent(error) ? new StoreError(path, (error as Error).message, { cause: error }) : error
}

/** Says that a transaction was used wrongly. No retry helps: the handler has to be written otherwise. */
export function misuse(message: string, cause?: unknown): TypeError {
  return Object.assign(new TypeError(message, cause === undefined ? undefined : { cause }), { retryable: false })
}
