import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { decisionOf, type FailureDecision } from './failureTable.ts'

/** How many errors deep a cause is looked for: a handler's error may stand around the one of PostgreSQL. */
const DEPTH = 5

/** The SQLSTATE of a server that is, or has become, a standby. */
const READ_ONLY = '25006'

/** PostgreSQL's code of an error (a SQLSTATE), or that of the system; `undefined` where there is none. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** The code of an error, or of the first of its causes that has one. */
function innerCodeOf(error: unknown): string | undefined {
  let cause = error
  for (let depth = 0; depth < DEPTH && cause !== undefined && codeOf(cause) === undefined; depth++) {
    cause = (cause as { cause?: unknown } | null | undefined)?.cause
  }
  return codeOf(cause)
}

/** What is decided about an error, or about the first of its causes that has a code. */
export function decisionAbout(error: unknown): FailureDecision {
  return decisionOf(innerCodeOf(error))
}

/** Whether the server has said so, and not the system: a handler's errors may be those of any other connection. */
export function isServers(error: unknown): boolean {
  return /^(?:\d|XX)/.test(innerCodeOf(error) ?? '')
}

/** What a store knows of itself when something of it is opened. */
export interface Known {
  /** Whether the server has let this store in before: then its password and its database were right. */
  readonly connected: boolean
  /** Whether something of the store was opened before: then the server was the right one. */
  readonly open: boolean
}

/**
 * What a failure to open is for a user of the store: a wrong password, a missing table and the like become a `StoreError`,
 * which no retry helps. What was right once is not a mistake later: it passes, as everything does that fails in what is open.
 */
export function openingFailure(address: string, error: unknown, { connected, open }: Known): unknown {
  const code = codeOf(error)
  if (error instanceof ProjectionError || decisionOf(code).outlook === 'passes') return error
  const wasRight = isAboutConnecting(code!) ? connected : code === READ_ONLY && open
  return wasRight ? error : new StoreError(address, (error as Error).message, { cause: error })
}

function isAboutConnecting(code: string): boolean {
  return code.startsWith('28') || code === '3D000'
}

/** Says of a server in recovery what it says itself when something is written. */
export function standby(message: string): Error {
  return Object.assign(new Error(message), { code: READ_ONLY })
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
