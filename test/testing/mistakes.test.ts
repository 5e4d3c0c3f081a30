import { defineProjection, defineProjector, memory } from 'rx-projection'
import {
  batchesOf,
  configureMarbles,
  eventsOf,
  given,
  inVirtualTime,
  marbles,
  snapshotsOf,
  storeConformance,
} from 'rx-projection/testing'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, test } from 'vitest'

/** A function as a program without types meets it. */
// biome-ignore lint/suspicious/noExplicitAny: each row is a call that no type allows
const loose = (called: unknown): any => called

type Row = readonly [call: string, make: () => unknown, message: string]

const NO_OBJECT = 'projection must be what defineProjection returns, not an object (Object)'
const p = defineProjection<number>({ name: 'p', initialState: () => 0, on: { a: (sum) => sum + 1 } })
const projector = defineProjector({ name: 'j', process: () => undefined })
const start = { offset: 0, state: 0 }
const event = { id: 1, stream: 's', type: 'a', payload: 1 }

const mistakes: readonly Row[] = [
  ['eventsOf()', () => loose(eventsOf)(), 'projection must be what defineProjection returns, not undefined'],
  ['eventsOf(…, null)', () => loose(eventsOf)(p, null), 'events must be an object, not null'],
  ['batchesOf(events)', () => loose(batchesOf)(eventsOf('a')), 'batches must be an object, not undefined'],
  [
    'batchesOf({ x: 5 })',
    () => loose(batchesOf)(eventsOf('a'), { x: 5 }),
    'the batch x must be letters of events, not 5',
  ],
  ['snapshotsOf(projector)', () => loose(snapshotsOf)(projector, {}), NO_OBJECT],
  [
    'snapshotsOf({ form })',
    () => loose(snapshotsOf)(p, {}, { form: start }),
    'unknown option: form; did you mean from?',
  ],
  ['given(plain object)', () => loose(given)({ name: 'p', initialState: () => 0 }), NO_OBJECT],
  [
    'when(array)',
    () => loose(given(p)).when([event]),
    'events[0] is an array: when(...events) takes the events one by one',
  ],
  ['when(type)', () => loose(given(p)).when('a'), 'events[0] must be an object, not "a"'],
  [
    'when({ data })',
    () => loose(given(p)).when({ type: 'a', data: 1 }),
    'unknown field: events[0].data; known are id, stream, type, payload, previous, revision, recordedAt, metadata',
  ],
  [
    'thenError()',
    () => loose(given(p).when({ type: 'b', payload: 1 })).thenError(),
    'type must be a class of errors, not undefined',
  ],
  ['configureMarbles()', () => loose(configureMarbles)(), 'options must be an object, not undefined'],
  ['marbles()', () => loose(marbles)(), 'test must be a function, not undefined'],
  [
    'inVirtualTime(m)',
    () => loose(inVirtualTime)({}, '|', {}),
    'scheduler must be the TestScheduler of a marble test: m.scheduler, not an object (Object)',
  ],
  [
    'inVirtualTime(…, a letter too many)',
    () => inVirtualTime(new TestScheduler(() => undefined), 'b|', eventsOf('a')),
    'the diagram b| has a letter for which values has no event',
  ],
  [
    'storeConformance(opener, null)',
    () => loose(storeConformance)({ open: memory }, null),
    'options must be an object, not null',
  ],
  [
    'storeConformance({ dedline })',
    () => loose(storeConformance)({ open: memory }, { dedline: 5 }),
    'unknown option: dedline; did you mean deadline?',
  ],
  [
    'storeConformance({ deadline: NaN })',
    () => storeConformance({ open: memory }, { deadline: Number.NaN }),
    `deadline must be a number of ms from 0 to 2147483647, not NaN`,
  ],
]

describe('a mistake with the testing kit is named', () => {
  test.each(mistakes)('%s', async (_call, make, message) => {
    const said = await Promise.resolve()
      .then(make)
      .then(String, (error: Error) => error.message)
    expect(said).toBe(message)
  })
})
