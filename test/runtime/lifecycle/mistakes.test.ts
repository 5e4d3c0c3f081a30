import {
  defineProjection,
  defineProjector,
  memory,
  type OpenStore,
  startPartitioned,
  startProjection,
  startProjector,
} from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { complaint } from '../support/complaint.ts'

const MS = 'a number of ms from 0 to 2147483647'
const counts = defineProjection<number>({ name: 'counts', initialState: () => 0, evolve: (count) => count + 1 })
const mails = defineProjector({ name: 'mails', process: () => undefined })
const plain = { name: 'counts', initialState: () => 0, on: {} }

type Row = readonly [call: string, make: (store: OpenStore) => unknown, message: string]

const starts: readonly Row[] = [
  [
    'startProjection(plain object)',
    (store) => startProjection(plain as never, { store }),
    'definition must be made by defineProjection, as in startProjection(defineProjection({ … }), options), not an object (Object)',
  ],
  [
    'startProjection(projector)',
    (store) => startProjection(mails as never, { store }),
    'definition is a projector: start it with startProjector',
  ],
  [
    'startProjector(projection)',
    (store) => startProjector(counts as never, { store }),
    'definition is a projection: start it with startProjection',
  ],
  [
    'startProjection(…, store)',
    (store) => startProjection(counts, store as never),
    'options is a store: give it as { store }',
  ],
  [
    '{ store: promise }',
    (store) => startProjection(counts, { store: Promise.resolve(store) as never }),
    'store is a promise: await it first, as in await openStore(url)',
  ],
  [
    '{ store: url }',
    () => startProjection(counts, { store: 'memory:' as never }),
    'store must be an open store, such as await openStore(url), not "memory:"',
  ],
  [
    '{ store: memory }',
    () => startProjection(counts, { store: memory as never }),
    'store must be an object, not a function',
  ],
  [
    '{ scheduler: null }',
    (store) => startProjection(counts, { store, scheduler: null as never }),
    'scheduler must be an object, not null',
  ],
  [
    '{ readTimeout: null }',
    (store) => startProjection(counts, { store, readTimeout: null as never }),
    `readTimeout must be ${MS}, not null`,
  ],
  ['{ retry: 5 }', (store) => startProjection(counts, { store, retry: 5 as never }), 'retry must be an object, not 5'],
  [
    '{ retry: { count: -1 } }',
    (store) => startProjection(counts, { store, retry: { count: -1 } }),
    'retry.count must be an integer of at least 0, not -1',
  ],
  [
    '{ retry: { cuont: 5 } }',
    (store) => startProjection(counts, { store, retry: { cuont: 5 } as never }),
    'unknown option: retry.cuont; did you mean retry.count?',
  ],
  [
    '{ source: observable }',
    ({ snapshots }) => startProjection(counts, { source: of([]) as never, snapshots }),
    'source must be a function, not an object (Observable)',
  ],
  [
    'startPartitioned({ partitons })',
    (store) => startPartitioned(mails, { store, partitons: 2 } as never),
    'unknown option: partitons; did you mean partitions?',
  ],
  [
    'startPartitioned({ signal: true })',
    (store) => startPartitioned(mails, { store, partitions: 2, signal: true } as never),
    'signal must be an AbortSignal, not true',
  ],
  [
    'startPartitioned({ leases: {} })',
    (store) => startPartitioned(mails, { store: { ...store, leases: {} }, partitions: 2 } as never),
    'store.leases.acquire must be a function, not undefined',
  ],
]

type Wait = readonly [options: unknown, message: string]

const anyWait: readonly Wait[] = [
  [5, 'options must be an object, not 5'],
  [null, 'options must be an object, not null'],
  ['5 s', 'options must be an object, not "5 s"'],
  [{ timeout: 'x' }, `timeout must be ${MS}, not "x"`],
  [{ timeout: -1 }, `timeout must be ${MS}, not -1`],
  [{ timeout: null }, `timeout must be ${MS}, not null`],
  [{ tiemout: 1 }, 'unknown option: tiemout; did you mean timeout?'],
]

const signals: readonly Wait[] = [
  [{ signal: true }, 'signal must be an AbortSignal, not true'],
  [{ signal: null }, 'signal must be an AbortSignal, not null'],
]

describe.each([
  ['memory()', () => memory()],
  ['sqlite()', () => sqlite(':memory:')],
] as const)('a mistake on %s is named', (_, open) => {
  test.each(starts)('%s', async (_call, make, message) => {
    await using store: OpenStore = open()
    expect(await complaint(() => make(store))).toBe(message)
  })

  test('a mistake in a wait of a projection is named', async () => {
    await using store = open()
    await using projection = startProjection(counts, { store })
    for (const method of ['state', 'snapshot', 'takeSnapshot', 'whenCaughtUp', 'catchUp'] as const) {
      await refuses(projection[method].bind(projection), [...anyWait, ...signals])
    }
    await refuses((options) => projection.whenProcessed(0, options as never), [...anyWait, ...signals])
    await refuses(projection.state, [[{ atLeast: '5' }, 'atLeast must be a position, or 0, not "5"']])
    await refuses(projection.whenProcessed as never, [['5', 'position must be a position, or 0, not "5"']])
    await refuses(projection.stop, [...anyWait, [{ signal: null }, 'unknown option: signal; known are timeout']])
    expect(await projection.state()).toBe(0)
  })

  test('a mistake in a wait of a worker is named, also when it has stopped', async () => {
    await using store = open()
    await using worker = startPartitioned(counts, { store, partitions: 2 })
    await refuses(worker.state, [...anyWait, ...signals])
    await refuses(worker.whenCaughtUp, [...anyWait, ...signals])
    await refuses(worker.stop, anyWait)
    await worker.stop()
    await refuses(worker.stop, anyWait)
  })
})

async function refuses(method: (options: never) => unknown, waits: readonly Wait[]): Promise<void> {
  for (const [options, message] of waits) {
    let answer: unknown
    expect(() => {
      answer = method(options as never)
    }).not.toThrow()
    expect(await complaint(() => answer)).toBe(message)
  }
}
