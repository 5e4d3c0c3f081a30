import { StoreError } from '../../../operators/model/errors/StoreError.ts'

const SQLITE_CORRUPT = 11
const SQLITE_TOOBIG = 18
const SQLITE_NOTADB = 26

/** SQLite's primary result code, where an error is one of SQLite's. */
export function codeOf(error: unknown): number | undefined {
  const code: unknown = (error as { errcode?: unknown } | null | undefined)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** Whether an error says that a text is longer than SQLite takes, 10⁹ bytes. */
export function isTooBig(error: unknown): boolean {
  return codeOf(error) === SQLITE_TOOBIG
}

/**
 * What a failure of SQLite is for a user of the store: a file that cannot be read as it is becomes a `StoreError`, which
 * no retry helps. A locked file, a full disk and the like stay SQLite's own errors: they may pass.
 */
export function storeFailure(path: string, error: unknown): unknown {
  const code = codeOf(error)
  if (code !== SQLITE_CORRUPT && code !== SQLITE_NOTADB) return error
  return new StoreError(path, (error as Error).message, { cause: error })
}

/** Says that a transaction was used wrongly. No retry helps: the handler has to be written otherwise. */
export function misuse(message: string, cause?: unknown): TypeError {
  return Object.assign(new TypeError(message, cause === undefined ? undefined : { cause }), { retryable: false })
}
