/** Codes of JetStream's answers. */
export const NOT_FOUND = 10037
export const STREAM_NOT_FOUND = 10059
export const WRONG_LAST_ID = 10070
export const WRONG_LAST_SEQUENCE = 10071
export const NAME_IN_USE = 10058
export const OVERLAP = 10065

/** JetStream says with these that there is no leader or no place at the moment, or that somebody else makes the same. */
const PASSING = new Set([NAME_IN_USE, OVERLAP, 10005, 10007, 10008, 10009, 10010, 10023, 10074, 10118])

/** What a server says once, however often it is asked. */
const LASTING = new Set(['AuthorizationError', 'UserAuthenticationExpiredError', 'PermissionViolationError'])

/** What was asked for over a connection that was lost before the answer came. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError'

  constructor() {
    super('the connection was lost before an answer came')
  }
}

/** JetStream's code of a refusal, where an error is one. */
export function codeOf(error: unknown): number | undefined {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown }
  if (typeof code !== 'number') return undefined
  return typeof name === 'string' && (name.startsWith('JetStream') || name.endsWith('NotFoundError')) ? code : undefined
}

/**
 * Tells whether a failure may pass by itself: no answer in time, no connection, no leader. Whether what was asked for has
 * happened is unknown then.
 */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  if (code !== undefined) return PASSING.has(code) || (error as { status?: unknown }).status === 503
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (LASTING.has(cause.name)) return false
  return /^(Timeout|Request|NoResponders|Connection|ClosedConnection|DrainingConnection|JetStreamNotEnabled|Protocol)/.test(
    error.name,
  )
}

/** Tells whether a failure means that the credentials, or what they allow, are wrong. */
export function isRefusal(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) if (LASTING.has(cause.name)) return true
  return false
}
