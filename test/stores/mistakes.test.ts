import { type Lease, memory, type OpenStore } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { complaint } from '../runtime/support/complaint.ts'

/** A facet as a program without types meets it. */
// biome-ignore lint/suspicious/noExplicitAny: each row is a call that no type allows
type Loose = any

interface Given {
  readonly events: Loose
  readonly snapshots: Loose
  readonly positions: Loose
  readonly leases: Loose
  readonly lease: Lease
}

type Row = readonly [call: string, make: (given: Given) => unknown, message: string]

const NAME = 'a non-empty string of well-formed Unicode without NUL'
const good = [{ type: 'A', payload: 1 }]

const mistakes: readonly Row[] = [
  ['append(events)', ({ events }) => events.append(good), `stream must be ${NAME}, not an array of 1`],
  [
    'append(…, one event)',
    ({ events }) => events.append('a', good[0]),
    'events must be an array of at least one event, not an object (Object)',
  ],
  [
    'append({ data })',
    ({ events }) => events.append('a', [{ type: 'A', data: 1 }]),
    'unknown field: events[0].data; known are type, payload, recordedAt, metadata',
  ],
  ['append(…, 3)', ({ events }) => events.append('a', good, 3), 'options must be an object, not 3'],
  [
    'append({ expectedVersion })',
    ({ events }) => events.append('a', good, { expectedVersion: 0 }),
    'unknown option: expectedVersion; did you mean expectedRevision?',
  ],
  ['read()', ({ events }) => events.read(), 'options must be an object, not undefined'],
  ['read({})', ({ events }) => events.read({}), 'after must be a safe integer of at least 0, not undefined'],
  [
    'read({ stream })',
    ({ events }) => events.read({ after: 0, limit: 1, stream: 'a' }),
    'unknown option: stream; did you mean streams?',
  ],
  [
    'read({ signal: true })',
    ({ events }) => events.read({ after: 0, limit: 1, signal: true }),
    'signal must be an AbortSignal, not true',
  ],
  [
    'read({ signal: controller })',
    ({ events }) => events.read({ after: 0, limit: 1, signal: new AbortController() }),
    'signal must be an AbortSignal, not an object (AbortController)',
  ],
  [
    'read({ onHole: true })',
    ({ events }) => events.read({ after: 0, limit: 1, onHole: true }),
    'onHole must be a function, not true',
  ],
  [
    'snapshots.load(name)',
    ({ snapshots }) => snapshots.load('a'),
    'version must be a positive safe integer, not undefined',
  ],
  ['snapshots.load(…, 5)', ({ snapshots }) => snapshots.load('a', 1, 5), 'options must be an object, not 5'],
  [
    'snapshots.load({ onUndecodable: 1 })',
    ({ snapshots }) => snapshots.load('a', 1, { onUndecodable: 1 }),
    'onUndecodable must be a function, not 1',
  ],
  ['snapshots.save(…, state)', ({ snapshots }) => snapshots.save('a', 1, 5), 'snapshot must be an object, not 5'],
  [
    'snapshots.save({ state })',
    ({ snapshots }) => snapshots.save('a', 1, { state: 5 }),
    'snapshot.offset must be a safe integer of at least 0, not undefined',
  ],
  [
    'snapshots.save({ mark: 5 })',
    ({ snapshots }) => snapshots.save('a', 1, { offset: 1, state: 1, mark: 5 }),
    'snapshot.mark must be the mark of an event, not 5',
  ],
  [
    'snapshots.save({ lease: true })',
    ({ snapshots }) => snapshots.save('a', 1, { offset: 1, state: 1 }, { lease: true }),
    'lease must be a lease, or its name and epoch, not true',
  ],
  ['positions.load()', ({ positions }) => positions.load(), `name must be ${NAME}, not undefined`],
  ['positions.loadMark(5)', ({ positions }) => positions.loadMark(5), `name must be ${NAME}, not 5`],
  [
    'positions.save(name)',
    ({ positions }) => positions.save('a'),
    'position must be a safe integer of at least 0, not undefined',
  ],
  [
    'positions.save({ mark: {} })',
    ({ positions }) => positions.save('a', 1, { mark: {} }),
    'mark.position must be a position, not undefined',
  ],
  [
    'positions.save({ lese })',
    ({ positions, lease }) => positions.save('a', 1, { lese: lease }),
    'unknown option: lese; did you mean lease?',
  ],
  ['acquire(name)', ({ leases }) => leases.acquire('l'), 'options must be an object, not undefined'],
  ['acquire(name, owner)', ({ leases }) => leases.acquire('l', 'me'), 'options must be an object, not "me"'],
  [
    'acquire({ owner })',
    ({ leases }) => leases.acquire('l', { owner: 'me' }),
    'ttl must be a positive safe integer, not undefined',
  ],
  ['renew(null)', ({ leases }) => leases.renew(null), 'lease must be the lease that acquire answered with, not null'],
  [
    'renew(name)',
    ({ leases }) => leases.renew('l', { ttl: 10 }),
    'lease must be the lease that acquire answered with, not "l"',
  ],
  [
    'renew(promise)',
    ({ leases, lease }) => leases.renew(Promise.resolve(lease), { ttl: 10 }),
    'lease is a promise: await it first',
  ],
  ['renew(lease)', ({ leases, lease }) => leases.renew(lease), 'options must be an object, not undefined'],
  ['renew(lease, 10)', ({ leases, lease }) => leases.renew(lease, 10), 'options must be an object, not 10'],
  ['renew({ tll })', ({ leases, lease }) => leases.renew(lease, { tll: 10 }), 'unknown option: tll; did you mean ttl?'],
  ['release()', ({ leases }) => leases.release(), 'lease must be the lease that acquire answered with, not undefined'],
  ['release({})', ({ leases }) => leases.release({}), `lease.name must be ${NAME}, not undefined`],
]

describe.each([
  ['memory()', () => memory()],
  ['sqlite()', () => sqlite(':memory:')],
] as const)('a mistake on %s is named', (engine, open) => {
  test.each(mistakes)('%s', async (_call, make, message) => {
    await using store: OpenStore = open()
    const { leases } = store
    const lease = (await leases!.acquire('a', { owner: 'me', ttl: 1_000 }))!
    expect(await complaint(() => make({ ...store, leases, lease }))).toBe(message)
  })

  test('a closed store says so', async () => {
    const store: OpenStore = open()
    await store[Symbol.asyncDispose]()
    const name = engine === 'memory()' ? 'memory:' : ':memory:'
    for (const call of [
      () => store.events.read({ after: 0, limit: 1 }),
      () => store.events.append('a', good),
      () => store.snapshots.load('a', 1),
      () => store.positions.load('a'),
      () => store.leases!.acquire('a', { owner: 'me', ttl: 1 }),
    ]) {
      expect(await complaint(call)).toBe(`${name} the store is closed`)
    }
  })

  test('what has no prototype is plain data', async () => {
    await using store = open()
    const bare = (fields: object) => Object.assign(Object.create(null), fields)
    await store.events.append('a', [bare({ type: 'A', payload: bare({ n: 1 }), metadata: bare({ by: 'me' }) })])
    await store.snapshots.save('a', 1, bare({ offset: 1, state: bare({ n: 1 }) }))
    expect(await store.snapshots.load('a', 1)).toEqual({ offset: 1, state: { n: 1 } })
    expect((await store.events.read(bare({ after: 0, limit: 1 }))).events).toMatchObject([{ payload: { n: 1 } }])
  })
})

test('work of a transaction that is no function is named', async () => {
  await using store = sqlite(':memory:')
  expect(await complaint(() => store.transactions.run(5 as never))).toBe('work must be a function, not 5')
})
