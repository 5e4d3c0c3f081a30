import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'
import { StoreError } from '../../../operators/model/errors/StoreError.ts'
import { decisionOf, type FailureDecision } from './failureTable.ts'

/** How many errors deep a cause is looked for: a handler's error may stand around the one of PostgreSQL. */
const DEPTH = 5

/** PostgreSQL's code of an error (a SQLSTATE), or that of the system; `undefined` where there is none. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** What is decided about an error, or about the first of its causes that has a code. */
export function decisionAbout(error: unknown): FailureDecision {
  let cause = error
  for (let depth = 0; depth < DEPTH && cause !== undefined && codeOf(cause) === undefined; depth++) {
    cause = (cause as { cause?: unknown } | null | undefined)?.cause
  }
  return decisionOf(codeOf(cause))
}

/**
 * What a failure to open is for a user of the store: a wrong password, a missing table and the like become a `StoreError`,
 * which no retry helps. Once the store has connected, its password and its database were right: what is said of them then
 * passes, as everything does that fails in an open store. All else stays what it is.
 *
 * @param connected whether the server has let this store in before.
 */
export function openingFailure(address: string, error: unknown, connected: boolean): unknown {
  if (error instanceof ProjectionError || decisionOf(codeOf(error)).outlook === 'passes') return error
  if (connected && isAboutConnecting(codeOf(error)!)) return error
  return new StoreError(address, (error as Error).message, { cause: error })
}

function isAboutConnecting(code: string): boolean {
  return code.startsWith('28') || code === '3D000'
}

/** An error of the store's own that may pass. */
export function passing(address: string, message: string): Error {
  return Object.assign(new Error(`${address}: ${message}`), { retryable: true })
}

/** The address of a server for people: without user, password and parameters. */
export function addressOf(connectionString: string): string {
  try {
    const { protocol, host, pathname } = new URL(connectionString)
    return `${protocol}//${host}${pathname}`
  } catch {
    // Whatever it is, it may hold a password.
    return 'postgres:'
  }
}
