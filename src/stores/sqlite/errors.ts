import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { READONLY_DBMOVED, RESULT_CODES } from './resultCodes.ts'

const SQLITE_TOOBIG = 18

/** SQLite's extended result code, if the error is from SQLite. */
function extendedCodeOf(error: unknown): number | undefined {
  const code: unknown = (error as { errcode?: unknown } | null | undefined)?.errcode
  return typeof code === 'number' ? code : undefined
}

/** SQLite's primary result code, if the error is from SQLite. */
export function codeOf(error: unknown): number | undefined {
  const code = extendedCodeOf(error)
  return code === undefined ? undefined : code & 0xff
}

/** Whether a retry cannot help: see {@link RESULT_CODES}. An unknown code counts as temporary. */
export function isPermanent(error: unknown): boolean {
  const code = extendedCodeOf(error)
  if (code === undefined) return false
  return code === READONLY_DBMOVED || RESULT_CODES[code & 0xff]?.[1] === 'permanent'
}

/** Whether an error says that a text is longer than SQLite's limit, 10⁹ bytes. */
export function isTooBig(error: unknown): boolean {
  return codeOf(error) === SQLITE_TOOBIG
}

/**
 * Converts a failure of SQLite for the users of the store: if no retry can help, it becomes a `StoreError`. Temporary failures,
 * such as a locked file or a full disk, stay SQLite's own errors.
 */
export function storeFailure(path: string, error: unknown): unknown {
  return isPermanent(error) ? new StoreError(path, (error as Error).message, { cause: error }) : error
}

/** Creates the error for a wrong use of a transaction. No retry helps: the handler has to be changed. */
export function misuse(message: string, cause?: unknown): TypeError {
  return Object.assign(new TypeError(message, cause === undefined ? undefined : { cause }), { retryable: false })
}
