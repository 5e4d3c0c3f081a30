import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JetStreamApiError } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'
import { StoreError, TimeoutError } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { describe, expect, test } from 'vitest'
import { type Decision, decisionOf } from '../../../src/stores/nats/failures.ts'
import { natsServerIsInstalled, startNatsServer } from '../../support/natsServer.ts'
import { newName, numbers, onServer, readAll, until, used } from './support/onServer.ts'

/** JetStream's answers: code, status, what it says, what is done about it, and, where that differs, before the first open. */
const ANSWERS: readonly (readonly [number, number, string, Decision, Decision?])[] = [
  [10_002, 400, 'resource limits exceeded for account', 'later'],
  [10_003, 400, 'bad request', 'later'],
  [10_004, 503, 'incomplete results', 'again'],
  [10_005, 400, 'no suitable peers for placement', 'again'],
  [10_006, 500, 'JetStream not in clustered mode', 'again'],
  [10_007, 500, 'JetStream cluster not assigned to this server', 'again'],
  [10_008, 503, 'JetStream system temporarily unavailable', 'again'],
  [10_009, 500, 'JetStream cluster can not handle request', 'again'],
  [10_010, 503, 'JetStream clustering support required', 'again'],
  [10_014, 404, 'consumer not found', 'later'],
  [10_023, 503, 'insufficient resources', 'again'],
  [10_026, 400, 'maximum consumers limit reached', 'later'],
  [10_027, 400, 'maximum number of streams reached', 'later'],
  [10_028, 500, 'insufficient memory resources available', 'later'],
  [10_035, 503, 'account not found', 'again', 'never'],
  [10_036, 503, 'not currently supported in clustered mode', 'again', 'never'],
  [10_037, 404, 'no message found', 'later'],
  [10_041, 500, 'raft: not the leader', 'again'],
  [10_047, 500, 'insufficient storage resources available', 'later'],
  [10_052, 500, 'invalid configuration', 'later', 'never'],
  [10_054, 400, 'message size exceeds maximum allowed', 'later'],
  [10_058, 400, 'stream name already in use', 'again'],
  [10_059, 404, 'stream not found', 'later'],
  [10_065, 400, 'subjects overlap with an existing stream', 'again'],
  [10_070, 400, 'wrong last msg ID', 'later'],
  [10_071, 400, 'wrong last sequence', 'later'],
  [10_072, 500, 'JetStream unable to open temp storage for restore', 'again'],
  [10_074, 500, 'replicas > 1 not supported in non-clustered mode', 'again'],
  [10_077, 503, 'maximum messages exceeded', 'later'],
  [10_077, 503, 'no space left on device', 'later'],
  [10_109, 400, 'invalid operation on sealed stream', 'never'],
  [10_118, 500, 'stream is offline', 'again'],
  [10_119, 500, 'consumer is offline', 'again'],
  [10_164, 400, 'wrong last sequence', 'later'],
  [10_167, 429, 'too many requests', 'again'],
  [10_194, 500, 'stream is offline: unsupported', 'again'],
  [19_999, 503, 'an unknown answer of a server that is not available', 'again'],
  [19_999, 400, 'an unknown answer', 'later'],
]

/** The client does not export its class of it. */
const notEnabled = (cause: Error): Error =>
  Object.assign(new Error('jetstream is not enabled', { cause }), { name: 'JetStreamNotEnabled' })

const answer = (code: number): Error => new JetStreamApiError({ code: 503, err_code: code, description: 'no' })

const withCode = (code: string): Error => Object.assign(new Error(code), { code })

/** What the client says, and what is done about it, and before the first open. */
const CLIENT: readonly (readonly [string, unknown, Decision, Decision])[] = [
  ['authorization violation', new errors.AuthorizationError('Authorization Violation'), 'again', 'never'],
  ['an expired login', new errors.UserAuthenticationExpiredError('User Authentication Expired'), 'again', 'never'],
  ['a permission', new errors.PermissionViolationError('no', 'publish', 'a'), 'later', 'never'],
  [
    'a permission of a request',
    new errors.RequestError('no', { cause: new errors.PermissionViolationError('no', 'publish', 'a') }),
    'later',
    'never',
  ],
  ['no answer in time', new errors.TimeoutError(), 'again', 'again'],
  ['nobody who listens', new errors.NoRespondersError('a'), 'again', 'again'],
  ['a request to nobody', new errors.RequestError('', { cause: new errors.NoRespondersError('a') }), 'again', 'again'],
  [
    'JetStream that does not answer',
    notEnabled(new errors.RequestError('', { cause: new errors.NoRespondersError('a') })),
    'again',
    'again',
  ],
  ['an account without JetStream', notEnabled(answer(10_039)), 'later', 'never'],
  ['a server without JetStream', notEnabled(answer(10_076)), 'later', 'never'],
  ['a refused connection', new errors.ConnectionError('connection refused'), 'again', 'again'],
  ['a closed connection', new errors.ClosedConnectionError(), 'again', 'again'],
  ['a connection that ends', new errors.DrainingConnectionError(), 'again', 'again'],
  ['an error of the protocol', new errors.ProtocolError('maximum connections exceeded'), 'again', 'again'],
  ...['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT'].map(
    (code) => [`${code} of Node.js`, withCode(code), 'again', 'again'] as const,
  ),
  ['a wait of this library', new TimeoutError('a part', 1), 'again', 'again'],
  ['an error of the store', new StoreError('nats', 'closed'), 'never', 'never'],
  ['an error of a program', new TypeError('x is not a function'), 'later', 'later'],
  ['what is no error', 'no', 'later', 'later'],
]

describe('of what a server answers', () => {
  test.each(
    ANSWERS.map(([code, status, description, decision, atFirst = decision]) => ({
      code,
      status,
      description,
      decision,
      atFirst,
    })),
  )('$code ($status, $description) is decided: $decision', ({ code, status, description, decision, atFirst }) => {
    const error = new JetStreamApiError({ code: status, err_code: code, description })
    expect([decisionOf(error, true), decisionOf(error, false)]).toEqual([decision, atFirst])
  })

  test.each(CLIENT)('%s is decided', (_, error, decision, atFirst) => {
    expect([decisionOf(error, true), decisionOf(error, false)]).toEqual([decision, atFirst])
  })
})

describe.runIf(natsServerIsInstalled)('what a server refuses', { timeout: 20_000 }, () => {
  const here = onServer()

  test('for want of room rejects promptly and may be tried again', async () => {
    const stream = newName()
    await here.jsm.streams.add({ name: stream, subjects: [`${stream}.>`], max_msgs: 1, discard: 'new' as never })
    const store = used(nats({ servers: here.url, stream, patience: 60_000 }))
    await store.events.append('a', numbers(1))
    const error = await store.events.append('a', numbers(2)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ message: 'maximum messages exceeded' })
    expect(error).not.toMatchObject({ retryable: false })
    await here.jsm.streams.deleteMessage(stream, 1)
    expect(await store.events.append('a', numbers(2))).toMatchObject({ position: 2 })
  })

  test('since the stream is sealed can never pass', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1))
    const { config } = await here.jsm.streams.info(stream)
    await here.jsm.streams.update(stream, { ...config, sealed: true } as never)
    await expect(store.events.append('a', numbers(2))).rejects.toMatchObject({ name: 'StoreError', retryable: false })
    expect(await readAll(store)).toHaveLength(1)
  })

  test('of a login that is rotated passes when the right one is there again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rx-projection-nats-conf-'))
    const file = join(folder, 'nats.conf')
    const users = (pass: string): void => writeFileSync(file, `authorization { user: ann, password: ${pass} }\n`)
    users('one')
    const rotate = async (pass: string): Promise<void> => {
      users(pass)
      server.signal('SIGKILL')
      await server.restart()
    }
    await using server = await startNatsServer(['-c', file])
    try {
      const store = used(nats({ servers: `nats://ann:one@127.0.0.1:${server.port}`, stream: 'bank', patience: 500 }))
      await store.events.append('a', numbers(1))
      await rotate('two')
      let refused: unknown
      await until('the login is refused', async () => {
        refused = await store.events.append('a', numbers(2)).then(
          () => undefined,
          (error: unknown) => error,
        )
        return (refused as Error | undefined)?.message.includes('Authorization')
      })
      expect(refused).not.toMatchObject({ retryable: false })
      await rotate('one')
      await until('the login is taken again', () =>
        store.events.append('b', numbers(3)).then(
          () => true,
          () => false,
        ),
      )
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
