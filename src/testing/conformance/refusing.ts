import { type NewEvent, UnserializableError } from '../../../operators/model/index.ts'
import { InvalidEventError, type OpenStore } from '../../../operators/ports/index.ts'
import { equal, fails, holds } from './expect.ts'
import { numbered, readAll } from './log.ts'
import type { Checks } from './StoreOpener.ts'
import { wrongArguments } from './wrongArguments.ts'

const good = { type: 'Good', payload: 1 }

/** Appends that must be refused: the stream, the events, and the field that the error names. */
const bad: readonly [field: string, stream: unknown, events: unknown][] = [
  ['stream', '', [good]],
  ['stream', undefined, [good]],
  ['stream', 7, [good]],
  ['stream', 'a\0b', [good]],
  ['stream', 'a\ud800', [good]],
  ['events', 'a', []],
  ['events', 'a', undefined],
  ['events', 'a', good],
  ['events[0]', 'a', [null]],
  ['events[1]', 'a', [good, 'text']],
  ['events[0].type', 'a', [{ payload: 1 }]],
  ['events[0].type', 'a', [{ type: '', payload: 1 }]],
  ['events[0].type', 'a', [{ type: 5, payload: 1 }]],
  ['events[1].payload', 'a', [good, { type: 'Bad' }]],
  ['events[0].payload', 'a', [{ type: 'Bad', payload: undefined }]],
  ['events[0].metadata', 'a', [{ ...good, metadata: 'text' }]],
  ['events[0].metadata', 'a', [{ ...good, metadata: [] }]],
  ['events[0].metadata', 'a', [{ ...good, metadata: null }]],
  ['events[0].metadata', 'a', [{ ...good, metadata: { at: new Date(0) } }]],
  ['events[0].recordedAt', 'a', [{ ...good, recordedAt: 'yesterday' }]],
  ['events[0].recordedAt', 'a', [{ ...good, recordedAt: '2026-02-30T00:00:00Z' }]],
  ['events[0].recordedAt', 'a', [{ ...good, recordedAt: new Date(0) }]],
]

class Money {
  readonly amount = 1
}

const cycle: { self?: unknown } = {}
cycle.self = cycle

/** Values that JSON would change, by their paths. */
export const unserializable: readonly [path: string, value: unknown][] = [
  ['$', () => 1],
  ['$', Symbol('s')],
  ['$', 1n],
  ['$', Number.NaN],
  ['$', new Map([[1, 2]])],
  ['$', new Money()],
  ['$.amount', { amount: Number.POSITIVE_INFINITY }],
  ['$.at', { at: new Date(0) }],
  ['$.tags', { tags: new Set(['a']) }],
  ['$.items[3].price', { items: [0, 1, 2, { price: 5n }] }],
  ['$[1]', [1, undefined]],
  ['$[0]', new Array(1)],
  ['$["odd key"]', { 'odd key': () => 1 }],
  ['$.inner', { inner: { [Symbol('s')]: 1 } }],
  ['$', { toJSON: () => 'other' }],
  ['$.self', cycle],
]

export const refusing: Checks = {
  'what cannot be an event is refused with an InvalidEventError that names the field': async (store) => {
    for (const [field, stream, events] of bad) {
      const error = await fails(`an append with a bad ${field}`, InvalidEventError, () =>
        store.events.append(stream as string, events as NewEvent[]),
      )
      equal('the field', error.field, field)
    }
  },

  'a payload that JSON would change is refused, with an UnserializableError as the cause': async (store) => {
    for (const [path, payload] of unserializable) {
      const error = await fails(`an append of what JSON changes at ${path}`, InvalidEventError, () =>
        store.events.append('a', [good, { type: 'Bad', payload }]),
      )
      equal('the field', error.field, 'events[1].payload')
      holds(error.cause instanceof UnserializableError, 'the cause must be an UnserializableError')
      // A store may go around a cycle a few times before it detects it, so the path may be longer.
      if (payload !== cycle) equal('the path', error.cause.path, path)
    }
  },

  'data that is nested too deeply is refused like any other': async (store) => {
    let payload: unknown = 1
    for (let depth = 0; depth < 100_000; depth++) payload = [payload]
    await fails('an append of a tower', InvalidEventError, () => store.events.append('a', [{ type: 'Deep', payload }]))
  },

  'an append answers with a promise, also when it refuses': async ({ events }) => {
    let answer: unknown
    try {
      answer = events.append('', [])
    } catch (error) {
      throw new Error('append must reject, not throw', { cause: error })
    }
    holds(typeof (answer as { then?: unknown } | undefined)?.then === 'function', 'append must answer with a promise')
    await fails('a bad append', InvalidEventError, () => answer)
  },

  'of a refused append nothing is stored, and no position or revision is used': async (store) => {
    await store.events.append('a', numbered(1))
    await refuseAll(store)
    const before = await readAll(store)
    equal('the number of events', before.length, 1)
    equal('the next append', await store.events.append('a', numbered(2)), { position: 2, revision: 2 })
  },

  'an expectedRevision that is no revision is a RangeError': async ({ events }) => {
    for (const expectedRevision of [-1, 1.5, Number.NaN, '0']) {
      await fails(`an append that expects revision ${expectedRevision}`, RangeError, () =>
        events.append('a', numbered(1), { expectedRevision: expectedRevision as number }),
      )
    }
    equal('the head', (await events.read({ after: 0, limit: 1 })).head, 0)
  },

  ...wrongArguments,
}

async function refuseAll({ events }: OpenStore): Promise<void> {
  for (const [, stream, list] of bad) {
    await events.append(stream as string, list as NewEvent[]).catch(() => undefined)
  }
  await events.append('a', numbered(9), { expectedRevision: 7 }).catch(() => undefined)
  await events.append('b', numbered(9), { expectedRevision: 1 }).catch(() => undefined)
}
