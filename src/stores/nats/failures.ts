import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'

/** Codes of JetStream's answers. */
export const NOT_FOUND = 10037
export const STREAM_NOT_FOUND = 10059
export const WRONG_LAST_ID = 10070
export const WRONG_LAST_SEQUENCE = 10071
export const NAME_IN_USE = 10058
export const OVERLAP = 10065
/** The message is longer than the stream takes. */
export const TOO_LONG = 10054

/** Newer servers say so of an expectation that another write of this moment defeats. */
const WRONG_LAST_SEQUENCE_NOW = 10164

/**
 * What is done about a failure.
 *
 * - `again`: there is no leader, no connection or no answer at the moment. The call is repeated within the store's patience.
 * - `later`: a limit, a full disk, a permission: it may pass, but hardly in seconds. The call rejects, a run tries again later.
 * - `never`: nothing that the server does by itself makes it pass. The call rejects with a `StoreError`, a run faults.
 */
export type Decision = 'again' | 'later' | 'never'

/**
 * JetStream's codes that say that there is no leader or no place at the moment, that it is too busy, or that somebody else
 * makes the same. All other codes that are not listed are `later`.
 */
const AGAIN = new Set([
  NAME_IN_USE,
  OVERLAP,
  10_004, // incomplete results
  10_005, // no suitable peers
  10_006, // cluster not active
  10_007, // not assigned
  10_008, // system temporarily unavailable
  10_009, // not the leader
  10_010, // not in cluster mode, which a server also says while it joins one
  10_023, // insufficient resources
  10_041, // a failure of the consensus between replicas
  10_072, // no temporary storage for a restore
  10_074, // no replicas outside of a cluster, which a server also says while it joins one
  10_118, // stream is offline
  10_119, // consumer is offline
  10_167, // too many requests
  10_194, // stream is offline, with a reason
  10_195, // consumer is offline, with a reason
])

/** Limits and storage that are used up. Some come with the status of a server that is not available. */
const LATER = new Set([
  10_002, // resource limits exceeded for the account
  10_026, // maximum of consumers reached
  10_027, // maximum of streams reached
  10_028, // insufficient memory
  10_047, // insufficient storage
  10_077, // not stored: a limit of the stream, or a full disk
])

/** A sealed stream takes no message, and no server ever opens it again. */
const NEVER = new Set([10_109])

/** Codes that say that the configuration is wrong, as long as it has never worked: no JetStream, a refused stream. */
const WRONG_AT_FIRST = new Set([10_035, 10_036, 10_039, 10_052, 10_076])

/** What a server says once, however often it is asked, as long as it has never said anything else. */
const REFUSALS = new Set(['AuthorizationError', 'UserAuthenticationExpiredError', 'PermissionViolationError'])

/** What Node.js says of a connection that cannot be made or breaks. */
const BROKEN = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])

const NO_ANSWER =
  /^(Timeout|Request|NoResponders|Connection|ClosedConnection|DrainingConnection|JetStreamNotEnabled|Protocol)/

/** What was asked for over a connection that was lost before the answer came. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError'

  constructor() {
    super('the connection was lost before an answer came')
  }
}

/** Another stream was found under the name while one was read. */
export class LogChangedError extends Error {
  override readonly name = 'LogChangedError'

  constructor() {
    super('the stream was deleted and made again while it was read')
  }
}

/** JetStream's code of a refusal, where an error is one. */
export function codeOf(error: unknown): number | undefined {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  if (typeof code !== 'number' || typeof name !== 'string') return undefined
  if (!name.startsWith('JetStream') && !name.endsWith('NotFoundError')) return undefined
  return code === WRONG_LAST_SEQUENCE_NOW ? WRONG_LAST_SEQUENCE : code
}

/**
 * Decides what is done about a failure.
 *
 * @param worked whether the store has been open once: what has worked may be changing at this moment (a login that is
 *   rotated, an account that is moved), what has never worked is configured wrongly.
 */
export function decisionOf(error: unknown, worked: boolean): Decision {
  if (!(error instanceof Error)) return 'later'
  if (error instanceof ProjectionError) return error.retryable ? retryOf(error) : 'never'
  // Of an account without JetStream the client says so with a code in the cause.
  const code = codeOf(error) ?? codeOf(error.cause)
  if (code !== undefined) {
    if (NEVER.has(code) || (!worked && WRONG_AT_FIRST.has(code))) return 'never'
    if (LATER.has(code)) return 'later'
    const { status } = error as { status?: unknown }
    return AGAIN.has(code) || status === 503 || status === 429 ? 'again' : 'later'
  }
  if (isRefusal(error)) {
    if (!worked) return 'never'
    // Others may do what this login may not; a login that is refused may be one that is being replaced.
    return nameInChain(error, (name) => name === 'PermissionViolationError') ? 'later' : 'again'
  }
  const broken = BROKEN.has((error as { code?: unknown }).code as string)
  return broken || NO_ANSWER.test(error.name) ? 'again' : 'later'
}

/** Of this library's own errors only a wait that was too long is tried again. */
function retryOf({ name }: ProjectionError): Decision {
  return name === 'TimeoutError' ? 'again' : 'later'
}

/**
 * Tells whether a failure may pass by itself: no answer in time, no connection, no leader. Whether what was asked for has
 * happened is unknown then.
 */
export function mayPass(error: unknown): boolean {
  return decisionOf(error, true) === 'again'
}

/** Tells whether a failure means that the credentials, or what they allow, are wrong. */
export function isRefusal(error: unknown): boolean {
  return nameInChain(error, (name) => REFUSALS.has(name))
}

/** Tells whether nobody listened to a request: also what a deleted stream looks like to who publishes to it. */
export function isUnheard(error: unknown): boolean {
  return codeOf((error as { cause?: unknown } | undefined)?.cause) === undefined
    ? nameInChain(error, (name) => name === 'NoResponders' || name === 'JetStreamNotEnabled')
    : false
}

function nameInChain(error: unknown, matches: (name: string) => boolean): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) if (matches(cause.name)) return true
  return false
}
