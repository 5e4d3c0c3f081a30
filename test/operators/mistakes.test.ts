import {
  defineProjection,
  defineProjector,
  evolve,
  initialSnapshot,
  markOf,
  memory,
  partitionOf,
  replay,
  withMark,
} from 'rx-projection'
import {
  ensureSequential,
  exclusively,
  followLog,
  lastSnapshot,
  onlyForward,
  processEvents,
  retryWithJitter,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import { lastValueFrom, type Observable, of } from 'rxjs'
import { describe, expect, test } from 'vitest'

/** A function as a program without types meets it. */
// biome-ignore lint/suspicious/noExplicitAny: each row is a call that no type allows
const loose = (called: unknown): any => called

type Row = readonly [call: string, make: () => unknown, message: string]

const NAME = 'a non-empty string of well-formed Unicode without NUL'
const NO_OBJECT = 'projection must be what defineProjection returns, not an object (Object)'
const p = defineProjection<number>({ name: 'p', initialState: () => 0, on: { a: (sum) => sum + 1 } })
const projector = defineProjector({ name: 'j', process: () => undefined })
const start = { offset: 0, state: 0 }
const event = { id: 1, stream: 's', type: 'a', payload: 1 }
const save = (): void => undefined
const savePosition = save
const store = memory()
const claim = { leases: store.leases, name: 'l', owner: 'me' }

/** What comes out of an operator for a message. */
const after = (message: unknown, operator: unknown): Promise<unknown> =>
  lastValueFrom((of(message) as Observable<never>).pipe(operator as never))

const operators: readonly Row[] = [
  ['ensureSequential({}, null)', () => loose(ensureSequential)({}, null), 'scheduler must be an object, not null'],
  [
    'ensureSequential({}, {})',
    () => loose(ensureSequential)({}, {}),
    'scheduler.schedule must be a function, not undefined',
  ],
  ['snapshotAfter(…, null)', () => loose(snapshotAfter)(5, save, {}, null), 'scheduler must be an object, not null'],
  ['snapshotWriter(…, null)', () => loose(snapshotWriter)(save, {}, null), 'scheduler must be an object, not null'],
  [
    'retryWithJitter(…, null)',
    () => loose(retryWithJitter)({ delay: 1 }, undefined, null),
    'scheduler must be an object, not null',
  ],
  [
    'retryWithJitter({ delayFirst })',
    () => loose(retryWithJitter)({ delay: 1, delayFirst: 'yes' }),
    'delayFirst must be true or false, not "yes"',
  ],
  ['followLog(…, null)', () => loose(followLog)(store, {}, null), 'scheduler must be an object, not null'],
  [
    'followLog(promise)',
    () => loose(followLog)(Promise.resolve(store)),
    'store is a promise: await it first, as in await openStore(url)',
  ],
  [
    'followLog({ signal })',
    () => loose(followLog)(store, { signal: 1 }),
    'unknown option: signal; known are after, streams, pageSize, catchUpAfter, readTimeout, mark, onProgress',
  ],
  [
    'lastSnapshot(promise)',
    () => loose(lastSnapshot)(Promise.resolve(store), p),
    'store is a promise: await it first, as in await openStore(url)',
  ],
  ['lastSnapshot(projector)', () => loose(lastSnapshot)(store, projector), NO_OBJECT],
  [
    'lastSnapshot({ instance: 5 })',
    () => loose(lastSnapshot)(store, p, { instance: 5 }),
    `instance must be ${NAME}, not 5`,
  ],
  ['exclusively({ name: 5 })', () => loose(exclusively)({ ...claim, name: 5 }), `name must be ${NAME}, not 5`],
  ['exclusively(…, null)', () => loose(exclusively)(claim, null), 'scheduler must be an object, not null'],
  ['scanProjection(projector)', () => loose(scanProjection)(projector), NO_OBJECT],
  [
    'scanProjection(…, options)',
    () => loose(scanProjection)(p, { strict: false }),
    'from.offset must be a position, or 0, not undefined',
  ],
  [
    'scanProjection({ strict: 1 })',
    () => loose(scanProjection)(p, start, { strict: 1 }),
    'strict must be true or false, not 1',
  ],
  [
    'scanProjection({ signal: 1 })',
    () => loose(scanProjection)(p, start, { signal: 1 }),
    'signal must be an AbortSignal, not 1',
  ],
  [
    'scanProjection on null',
    () => after(null, scanProjection(p)),
    'null has no id, so it is no event: put ensureSequential before this operator',
  ],
  [
    'scanProjection on an object',
    () => after({}, scanProjection(p)),
    'an object (Object) has no id, so it is no event: put ensureSequential before this operator',
  ],
  [
    'processEvents({ after: null })',
    () => loose(processEvents)(save, { savePosition, after: null }),
    'after must be a position, or 0, not null',
  ],
  [
    'processEvents({ signal: 1 })',
    () => loose(processEvents)(save, { savePosition, signal: 1 }),
    'signal must be an AbortSignal, not 1',
  ],
  [
    'processEvents({ name: 1 })',
    () => loose(processEvents)(save, { savePosition, name: 1 }),
    'name must be a string, not 1',
  ],
  [
    'processEvents on null',
    () => after(null, processEvents(save, { savePosition })),
    'null has no id, so it is no event: put ensureSequential before this operator',
  ],
  ['snapshotEvery on null', () => after(null, snapshotEvery(5, save)), 'snapshot must be an object, not null'],
  ['onlyForward on null', () => after(null, onlyForward()), 'value must be a position or a snapshot, not null'],
]

const kernels: readonly Row[] = [
  ['evolve()', () => loose(evolve)(), 'projection must be what defineProjection returns, not undefined'],
  ['evolve(…, state, event)', () => loose(evolve)(p, 0, event), 'snapshot must be an object, not 0'],
  [
    'evolve(…, an object)',
    () => loose(evolve)(p, { a: 1 }, event),
    'snapshot.offset must be a position, or 0, not undefined',
  ],
  ['evolve without an event', () => loose(evolve)(p, start), 'event must be an object, not undefined'],
  [
    'evolve({ stirct })',
    () => loose(evolve)(p, start, event, { stirct: true }),
    'unknown option: stirct; did you mean strict?',
  ],
  ['replay(…, events)', () => loose(replay)(p, [event]), 'snapshot.offset must be a position, or 0, not undefined'],
  [
    'replay(…, one event)',
    () => loose(replay)(p, start, event),
    'events must be an array of events, not an object (Object)',
  ],
  ['initialSnapshot({})', () => loose(initialSnapshot)({}), NO_OBJECT],
  ['markOf()', () => loose(markOf)(), 'event must be an object, not undefined'],
  ['withMark()', () => loose(withMark)(), 'snapshot must be an object, not undefined'],
  ['partitionOf(5, 2)', () => loose(partitionOf)(5, 2), 'stream must be a string, not 5'],
  [
    'defineProjection({ on: map })',
    () => defineProjection({ name: 'p', initialState: () => 0, on: new Map() as never }),
    'on must be an object of handlers, not an object (Map)',
  ],
]

describe.each([
  ['an operator', operators],
  ['a kernel', kernels],
] as const)('a mistake with %s is named', (_, rows) => {
  test.each(rows)('%s', async (_call, make, message) => {
    const said = await Promise.resolve()
      .then(make)
      .then(String, (error: Error) => error.message)
    expect(said).toBe(message)
  })
})
