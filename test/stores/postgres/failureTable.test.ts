import { StoreError } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { decisionAbout, isServers, openingFailure } from '../../../src/stores/postgres/failures.ts'
import { decisionOf, FAILURES, type FailureDecision, type Outlook } from '../../../src/stores/postgres/failureTable.ts'

type Connection = FailureDecision['connection']

/** What is expected of each code of the table. */
const EXPECTED: readonly [code: string, outlook: Outlook, connection: Connection][] = [
  ...rows('configuration', 'drop', '28', '28000', '28P01', '3D000'),
  ...rows('configuration', 'drop all', '25006'),
  ...rows('configuration', 'keep', '3F000', '42501', '42703', '42704', '42883', '42P01'),
  ...rows('passes', 'keep', '53', '53100', '53400', '55', '55000', '55006', '55P03', '57014', '40001', '40P01'),
  ...rows('passes', 'drop', '08', '08P01', '57', '57P01', '57P02', '57P03', '57P04', '57P05', '58', 'XX', '0A000'),
  ...rows('passes', 'drop', '25P02', '25P03', '25P04', '26000', '42P05', '53200', '53300'),
  ...rows('passes', 'drop', 'EACCES', 'EADDRNOTAVAIL', 'EAI_AGAIN', 'ECONNABORTED', 'ECONNREFUSED', 'ECONNRESET'),
  ...rows('passes', 'drop', 'EHOSTDOWN', 'EHOSTUNREACH', 'EMFILE', 'ENETDOWN', 'ENETUNREACH', 'ENFILE', 'ENOENT'),
  ...rows('passes', 'drop', 'ENOTCONN', 'ENOTFOUND', 'EPIPE', 'EPROTO', 'ETIMEDOUT', 'CERT_HAS_EXPIRED'),
  ...rows('passes', 'drop', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_SSL_WRONG_VERSION_NUMBER'),
  ...rows('passes', 'drop', 'ERR_TLS_CERT_ALTNAME_INVALID', 'SELF_SIGNED_CERT_IN_CHAIN'),
  ...rows('passes', 'drop', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
]

/** Codes that the table does not name, and what is decided about them. */
const OTHERS: readonly [code: string, outlook: Outlook, connection: Connection][] = [
  ['08006', 'passes', 'drop'],
  ['28123', 'configuration', 'drop'],
  ['53999', 'passes', 'keep'],
  ['57999', 'passes', 'drop'],
  ['58030', 'passes', 'drop'],
  ['XX002', 'passes', 'drop'],
  ['23505', 'passes', 'keep'],
  ['22P02', 'passes', 'keep'],
  ['toString', 'passes', 'keep'],
  ['ESOMETHING', 'passes', 'keep'],
]

function rows(outlook: Outlook, connection: Connection, ...codes: readonly string[]) {
  return codes.map((code): [string, Outlook, Connection] => [code, outlook, connection])
}

function failure(code: string): Error {
  return Object.assign(new Error(`it failed with ${code}`), { code })
}

const isPermanent = (error: unknown) => (error as { retryable?: unknown }).retryable === false

describe('what is decided about a failure', () => {
  test('is written down here for each code of the table', () => {
    expect(EXPECTED.map(([code]) => code).sort()).toEqual(Object.keys(FAILURES).sort())
  })

  test.each([...EXPECTED, ...OTHERS])('of %s: it is %s, its connection: %s', (code, outlook, connection) => {
    expect(decisionOf(code)).toMatchObject({ outlook, connection })
    const error = failure(code)
    const opening = openingFailure('postgres://host/db', error, { connected: false, open: false })
    expect(isPermanent(opening)).toBe(outlook === 'configuration')
    if (outlook === 'configuration') expect(opening).toBeInstanceOf(StoreError)
    else expect(opening).toBe(error)
  })

  test.each(['28000', '28P01', '3D000'])('of %s: it passes once the server has let the store in', (code) => {
    const error = failure(code)
    expect(openingFailure('postgres://host/db', error, { connected: true, open: false })).toBe(error)
  })

  test('of 25006: it passes once something of the store has been open', () => {
    const error = failure('25006')
    expect(openingFailure('postgres://host/db', error, { connected: true, open: true })).toBe(error)
    expect(openingFailure('postgres://host/db', error, { connected: true, open: false })).toBeInstanceOf(StoreError)
  })

  test('of a statement that may be sent again says so', () => {
    const again = Object.keys(FAILURES).filter((code) => decisionOf(code).repeat === true)
    expect(again).toEqual(['40001', '40P01'])
  })

  test('looks through errors that stand around that of the server', () => {
    const handler = new Error('the handler failed', { cause: new Error('a query failed', { cause: failure('57P01') }) })
    expect(decisionAbout(handler).connection).toBe('drop')
    expect(decisionAbout(undefined).connection).toBe('keep')
    expect(decisionAbout('no error').connection).toBe('keep')
  })

  test('knows what the server said from what a handler met elsewhere', () => {
    const handler = (code: string) => new Error('the handler failed', { cause: failure(code) })
    for (const code of ['57P01', '25006', 'XX000']) expect(isServers(handler(code))).toBe(true)
    for (const code of ['ECONNREFUSED', 'EPIPE', 'EAI_AGAIN']) expect(isServers(handler(code))).toBe(false)
    expect(isServers(new Error('no code'))).toBe(false)
  })
})
