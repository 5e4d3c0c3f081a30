import { defineProjector, memory, startProjection, startProjector } from 'rx-projection'
import { NEVER } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { ids } from '../support/notes.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const time = new VirtualTime()
const store = memory()
const { snapshots, positions } = store
const source = () => NEVER
const retry = { delay: 1, entropy: 1 }
const projector = defineProjector({ name: 'p', process: () => undefined })

/** Options that are wrong, and what their error must begin with. */
const wrong: [string, object][] = [
  ['unknown option: snapshotEach', { snapshotEach: 5 }],
  ['unknown option: onerror', { onerror: () => undefined }],
  ['instance must be', { instance: '' }],
  ['instance must be', { instance: 5 }],
  ['streams must be', { streams: [] }],
  ['streams must be', { streams: 'accounts' }],
  ['streams must be', { streams: ['a', ''] }],
  ['pageSize must be', { pageSize: 0 }],
  ['pageSize must be', { pageSize: 1.5 }],
  ['pageSize must be', { pageSize: Infinity }],
  ['catchUpAfter must be', { catchUpAfter: -1 }],
  ['catchUpAfter must be', { catchUpAfter: 2 ** 31 }],
  ['catchUpAfter must be', { catchUpAfter: Number.NaN }],
  ['retry must be', { retry: 5 }],
  ['unknown option: retry.cuont; did you mean retry.count?', { retry: { ...retry, cuont: 1 } }],
  ['unknown option: retry.backoff.fator', { retry: { ...retry, backoff: { fator: 2, factor: 2, max: 5 } } }],
  ['unknown option: exclusive.renewEvry; did you mean exclusive.renewEvery?', { exclusive: { renewEvry: 5 } }],
  ['exclusive.ttl must be', { exclusive: { ttl: -1 } }],
  ['exclusive.owner must be', { exclusive: { owner: 'a\0' } }],
  ['exclusive.renewEvery must be less than', { exclusive: { ttl: 5, renewEvery: 9 } }],
  ['exclusive must be', { exclusive: 'yes' }],
  ['scheduler must be an object, not null', { scheduler: null }],
  ['instance must be', { instance: 'a\uD800' }],
  ['handlerTimeout must be', { handlerTimeout: -1 }],
  ['store is a promise: await it first', { store: Promise.resolve(store) }],
  [
    'unknown option: hold.atmost',
    { store: undefined, source, snapshots, positions, hold: { for: 1, atmost: 2, atMost: 2 } },
  ],
  ['retry.delay must be', { retry: { ...retry, delay: -1 } }],
  ['retry.entropy must be', { retry: { ...retry, entropy: 0.5 } }],
  ['retry.count must be', { retry: { ...retry, count: -1 } }],
  ['retry.backoff.factor must be', { retry: { ...retry, backoff: { factor: 0.5, max: 1 } } }],
  ['retry.backoff.max must be', { retry: { ...retry, backoff: { factor: 2, max: 2 ** 31 } } }],
  ['retry.resetAfter must be', { retry: { ...retry, resetAfter: -1 } }],
  ['retry.retryIf must be', { retry: { ...retry, retryIf: true } }],
  ['retry.onRetry must be', { retry: { ...retry, onRetry: 'log' } }],
  ['handlerFailures must be', { handlerFailures: 0 }],
  ['handlerFailures must be', { handlerFailures: 2.5 }],
  ['dependsOn must be', { dependsOn: {} }],
  ['dependsOn[1] must be', { dependsOn: [{ name: 'x', status$: NEVER }, {}] }],
  ['signal must be', { signal: {} }],
  ['scheduler.schedule must be', { scheduler: {} }],
  ['random must be', { random: 4 }],
  ['onError must be', { onError: console }],
  ['store must be', { store: undefined }],
  ['store must be', { store: 'bank.db' }],
  ['store.events must be', { store: { snapshots, positions } }],
  ['store.events.read must be', { store: { ...store, events: {} } }],
  ['source must be', { store: undefined, source: NEVER, snapshots, positions }],
  ['source stands in place of store', { source }],
  ['hold goes with source', { hold: { for: 5, atMost: 5 } }],
  ['hold must be', { store: undefined, source, snapshots, positions, hold: true }],
  ['hold.for must be', { store: undefined, source, snapshots, positions, hold: { for: -1, atMost: 1 } }],
  ['hold.atMost must be', { store: undefined, source, snapshots, positions, hold: { for: 1, atMost: 0 } }],
]

const wrongForProjections: [string, object][] = [
  ['snapshotEvery must be', { snapshotEvery: 0 }],
  ['snapshotEvery must be', { snapshotEvery: 1.5 }],
  ['snapshotAfter must be', { snapshotAfter: -1 }],
  ['snapshotAfter must be', { snapshotAfter: 2 ** 31 }],
  ['paceSaves must be', { paceSaves: 1 }],
  ['strictOnline must be', { strictOnline: 'yes' }],
  ['onInit must be', { onInit: 5 }],
  ['onCaughtUp must be', { onCaughtUp: 5 }],
  ['store.snapshots must be', { store: { events: store.events } }],
  ['store.snapshots.load must be', { store: { ...store, snapshots: {} } }],
  ['store.snapshots.save must be', { store: { ...store, snapshots: { load: () => undefined } } }],
  ['snapshots goes with source', { snapshots }],
  ['snapshots must be', { store: undefined, source }],
  ['snapshots.save must be', { store: undefined, source, snapshots: { load: () => undefined } }],
  ['unknown option: positions', { positions }],
]

const wrongForProjectors: [string, object][] = [
  ['store.positions must be', { store: { events: store.events } }],
  ['store.positions.load must be', { store: { ...store, positions: {} } }],
  ['positions goes with source', { positions }],
  ['positions must be', { store: undefined, source }],
  ['unknown option: snapshotEvery', { snapshotEvery: 5 }],
  ['store.transactions.run must be', { store: { ...store, transactions: {} } }],
]

function begin(options: object): () => unknown {
  return () => startProjection(ids, { store, scheduler: time, ...options } as Parameters<typeof startProjection>[1])
}

function beginProjector(options: object): () => unknown {
  return () => startProjector(projector, { store, scheduler: time, ...options } as Parameters<typeof startProjector>[1])
}

/** The message of what something throws; a `TypeError` or a `RangeError` it must be. */
function complaint(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
    return (error as Error).message
  }
  return 'nothing was thrown'
}

/** Without what a projection and a projector keep of their own. */
function without(options: object, kept: 'snapshots' | 'positions'): object {
  const { [kept]: _, ...rest } = options as Record<string, unknown>
  return rest
}

describe('a wrong option is named when the run starts', () => {
  test.each([
    ...wrong.map(([begins, options]) => [begins, without(options, 'positions')] as const),
    ...wrongForProjections,
  ])('startProjection: %s', (begins, options) => {
    expect(complaint(begin(options))).toContain(begins)
    expect(complaint(begin(options)).indexOf(begins)).toBe(0)
  })

  test.each([
    ...wrong.map(([begins, options]) => [begins, without(options, 'snapshots')] as const),
    ...wrongForProjectors,
  ])('startProjector: %s', (begins, options) => {
    expect(complaint(beginProjector(options)).indexOf(begins)).toBe(0)
  })

  test('options must be an object, and a definition must come from defineProjection or defineProjector', () => {
    expect(() => startProjection(ids, undefined as never)).toThrow(/^options must be/)
    expect(() => startProjection(undefined as never, { store })).toThrow(/^definition must be/)
    expect(() => startProjection({ name: 'x' } as never, { store })).toThrow(/definition/)
    expect(() => startProjector(undefined as never, { store })).toThrow(/^definition must be/)
    expect(() => startProjector({ name: 'x' } as never, { store })).toThrow(/definition/)
  })

  test('none of these calls starts anything', () => {
    expect(time.timers).toBe(0)
  })
})
