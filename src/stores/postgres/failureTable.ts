/**
 * Whether a failure passes. `passes`: it always may. `configuration`: before the first success it is a mistake that no retry
 * mends (a wrong password); after that something is happening to the server (a rotation, a restore, a fail-over), and passes.
 */
export type Outlook = 'passes' | 'configuration'

/** What is decided about a failure. */
export interface FailureDecision {
  readonly what: string
  readonly outlook: Outlook
  /** `drop`: the connection that answered so is not used again. `drop all`: nor is any other that was made before. */
  readonly connection: 'keep' | 'drop' | 'drop all'
  /** Whether the server did nothing at all, and the same statement can be sent again right away. */
  readonly repeat?: true
}

type Rest = readonly [what: string, outlook: Outlook, connection: FailureDecision['connection'], repeat?: 'repeat']

const ROWS: Readonly<Record<string, Rest>> = {
  // Classes of SQLSTATEs, by their first two characters: for the codes that are not named below.
  '08': ['connection exception', 'passes', 'drop'],
  '28': ['invalid authorization', 'configuration', 'drop'],
  '53': ['insufficient resources', 'passes', 'keep'],
  '55': ['object not in the right state', 'passes', 'keep'],
  '57': ['operator intervention', 'passes', 'drop'],
  '58': ['system error of the server', 'passes', 'drop'],
  XX: ['internal error', 'passes', 'drop'],
  // SQLSTATEs.
  '08P01': ['protocol violation', 'passes', 'drop'],
  '0A000': ['a plan that a change of the table outdated', 'passes', 'drop'],
  '25006': ['read-only transaction: a standby, or a primary that was', 'configuration', 'drop all'],
  '25P02': ['transaction that has failed', 'passes', 'drop'],
  '25P03': ['transaction that stood still for too long', 'passes', 'drop'],
  '25P04': ['transaction that took too long', 'passes', 'drop'],
  '26000': ['a prepared statement that is gone', 'passes', 'drop'],
  '28000': ['invalid authorization', 'configuration', 'drop'],
  '28P01': ['invalid password', 'configuration', 'drop'],
  '3D000': ['no such database', 'configuration', 'drop'],
  '3F000': ['no such schema', 'configuration', 'keep'],
  '40001': ['serialization failure', 'passes', 'keep', 'repeat'],
  '40P01': ['deadlock', 'passes', 'keep', 'repeat'],
  '42501': ['insufficient privilege', 'configuration', 'keep'],
  '42703': ['no such column', 'configuration', 'keep'],
  '42704': ['no such object', 'configuration', 'keep'],
  '42883': ['no such function', 'configuration', 'keep'],
  '42P01': ['no such table', 'configuration', 'keep'],
  '42P05': ['a prepared statement of this name already', 'passes', 'drop'],
  '53100': ['disk full', 'passes', 'keep'],
  '53200': ['out of memory', 'passes', 'drop'],
  '53300': ['too many connections', 'passes', 'drop'],
  '53400': ['a limit of the configuration', 'passes', 'keep'],
  '55000': ['object not in the right state', 'passes', 'keep'],
  '55006': ['object in use', 'passes', 'keep'],
  '55P03': ['lock not available', 'passes', 'keep'],
  '57014': ['statement canceled, or too slow', 'passes', 'keep'],
  '57P01': ['shut down by an administrator', 'passes', 'drop'],
  '57P02': ['shut down by a crash', 'passes', 'drop'],
  '57P03': ['cannot connect now: the server starts, or ends', 'passes', 'drop'],
  '57P04': ['database dropped', 'passes', 'drop'],
  '57P05': ['session that was idle for too long', 'passes', 'drop'],
  // Codes of Node.js: of sockets, of names, of TLS.
  EACCES: ['no right to the socket', 'passes', 'drop'],
  EADDRNOTAVAIL: ['no local port left', 'passes', 'drop'],
  EAI_AGAIN: ['the name server does not answer', 'passes', 'drop'],
  ECONNABORTED: ['connection aborted', 'passes', 'drop'],
  ECONNREFUSED: ['nobody listens', 'passes', 'drop'],
  ECONNRESET: ['connection reset', 'passes', 'drop'],
  EHOSTDOWN: ['host down', 'passes', 'drop'],
  EHOSTUNREACH: ['no way to the host', 'passes', 'drop'],
  EMFILE: ['too many open files in this process', 'passes', 'drop'],
  ENETDOWN: ['network down', 'passes', 'drop'],
  ENETUNREACH: ['no way to the network', 'passes', 'drop'],
  ENFILE: ['too many open files on this machine', 'passes', 'drop'],
  ENOENT: ['no socket of that path', 'passes', 'drop'],
  ENOTCONN: ['not connected', 'passes', 'drop'],
  ENOTFOUND: ['no such host', 'passes', 'drop'],
  EPIPE: ['connection closed', 'passes', 'drop'],
  EPROTO: ['TLS failed', 'passes', 'drop'],
  ETIMEDOUT: ['TCP gave up', 'passes', 'drop'],
  CERT_HAS_EXPIRED: ['a certificate that has expired', 'passes', 'drop'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['a certificate that nobody vouches for', 'passes', 'drop'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['no TLS on the other side', 'passes', 'drop'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['a certificate of another host', 'passes', 'drop'],
  SELF_SIGNED_CERT_IN_CHAIN: ['a certificate authority that is not known', 'passes', 'drop'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['a certificate that cannot be verified', 'passes', 'drop'],
}

/** What is decided about failures, by SQLSTATE, class of SQLSTATEs, or code of Node.js. */
export const FAILURES: Readonly<Record<string, FailureDecision>> = Object.fromEntries(
  Object.entries(ROWS).map(([code, [what, outlook, connection, repeat]]) => [
    code,
    { what, outlook, connection, ...(repeat && { repeat: true as const }) },
  ]),
)

/** What is not in the table: an error of one statement, which says nothing of its connection. */
const OTHER: FailureDecision = { what: 'anything else', outlook: 'passes', connection: 'keep' }

/** Looks a code up: by itself, otherwise, of a SQLSTATE, by its class. */
export function decisionOf(code: string | undefined): FailureDecision {
  if (code === undefined) return OTHER
  const row = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined
  if (row !== undefined) return row
  return code.length === 5 && Object.hasOwn(FAILURES, code.slice(0, 2)) ? FAILURES[code.slice(0, 2)]! : OTHER
}
