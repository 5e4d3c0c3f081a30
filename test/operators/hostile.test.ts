import fc from 'fast-check'
import {
  defineProjection,
  ensureSequential,
  exclusively,
  followLog,
  HandlerError,
  hydrate,
  InvalidPositionError,
  MissedEventError,
  onlyForward,
  processEvents,
  processPages,
  retryWithJitter,
  StaleEventError,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
  UnknownEventError,
} from 'rx-projection/operators'
import { config, NEVER, Observable, type OperatorFunction, type Subscriber, VirtualTimeScheduler } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inspect } from '../../operators/model/errors/inspect.ts'
import { hostileIndex, hostileValue, hostileValues, itemsOf, recipes, trap } from '../support/hostile.ts'

const unhandled: unknown[] = []
beforeEach(() => {
  unhandled.length = 0
  config.onUnhandledError = (error) => unhandled.push(error)
})
afterEach(() => {
  config.onUnhandledError = null
})

type Operator = OperatorFunction<never, unknown>

/** Pushes items through an operator, as a producer does that has never heard of it, and says how it ended. */
function push(operator: Operator, items: readonly unknown[], time?: VirtualTimeScheduler) {
  let producer: Subscriber<unknown> | undefined
  const errors: unknown[] = []
  let values = 0
  const source$ = new Observable<unknown>((subscriber) => {
    producer = subscriber
  })
  const subscription = source$.pipe(operator as OperatorFunction<unknown, unknown>).subscribe({
    next: () => values++,
    error: (error) => errors.push(error),
  })
  for (const item of items) producer?.next(item)
  time?.flush()
  return { errors, values, subscription }
}

const word = defineProjection<string>({
  name: 'word',
  initialState: () => '',
  on: { Sold: (state, { payload }) => `${state}${payload}` },
})
const slow = defineProjection<number>({ name: 'slow', initialState: () => 0, evolve: async (count) => count + 1 })
const options = { savePosition: () => undefined }

const operators: Readonly<Record<string, (time: VirtualTimeScheduler) => Operator>> = {
  ensureSequential: () => ensureSequential(),
  'ensureSequential with hold': (time) => ensureSequential({ hold: { for: 5, atMost: 2 } }, time),
  scanProjection: () => scanProjection(word) as Operator,
  'scanProjection, not strict': () => scanProjection(word, undefined, { strict: false }) as Operator,
  'scanProjection of promises': () => scanProjection(slow) as Operator,
  processEvents: () => processEvents(() => undefined, options) as Operator,
  'processEvents with promises': () => processEvents(async () => undefined, options) as Operator,
  processPages: () => processPages(() => undefined, options) as Operator,
  snapshotEvery: () => snapshotEvery(1, () => undefined) as Operator,
  snapshotAfter: (time) => snapshotAfter(1, () => undefined, {}, time) as Operator,
  onlyForward: () => onlyForward(),
  'retryWithJitter behind ensureSequential': (time) => (source$) =>
    source$.pipe(
      ensureSequential(),
      retryWithJitter({ delay: 5, entropy: 0, count: 2 }, () => 0, time),
    ),
  'the whole pipeline': (time) => (source$) =>
    source$.pipe(
      ensureSequential({ hold: { for: 5, atMost: 2 } }, time),
      scanProjection(word, undefined, { strict: false }),
      snapshotEvery(1, () => undefined),
      onlyForward(),
    ),
}

describe.each(Object.entries(operators))('%s', (_, make) => {
  it('throws nothing at a producer, whatever it emits, and loses no error', async () => {
    await fc.assert(
      fc.asyncProperty(recipes, async (all) => {
        const time = new VirtualTimeScheduler()
        time.maxFrames = 1_000
        const { errors, subscription } = push(make(time), itemsOf(all), time)
        await new Promise((resolve) => setImmediate(resolve))
        expect([errors.length <= 1, unhandled]).toEqual([true, []])
        subscription.unsubscribe()
      }),
      { numRuns: 400 },
    )
  })

  it('handles hostile values: as an error, or by ignoring them', () => {
    for (const [, value] of hostileValues) {
      const { subscription } = push(make(new VirtualTimeScheduler()), [value()])
      subscription.unsubscribe()
    }
    expect(unhandled).toEqual([])
  })
})

describe('values that users return', () => {
  const event = { id: 1, stream: 'shop', type: 'Sold', payload: 5 }
  const snapshot = { offset: 1, state: 'a', events: 1 }
  const givers: Readonly<Record<string, (give: () => unknown) => readonly [Operator, unknown]>> = {
    'a handler of scanProjection': (give) => [
      scanProjection(defineProjection({ name: 'p', initialState: () => 0 as unknown, evolve: give })) as Operator,
      event,
    ],
    'a handler of processEvents': (give) => [processEvents(give, options) as Operator, event],
    'a handler of processPages': (give) => [processPages(give, options) as Operator, [event]],
    savePosition: (give) => [processEvents(() => undefined, { savePosition: give }) as Operator, event],
    'a save': (give) => [snapshotEvery(1, give, { onError: () => undefined }) as Operator, snapshot],
    'the save of a writer': (give) => [
      snapshotEvery(1, snapshotWriter(give, { onError: () => undefined })) as Operator,
      snapshot,
    ],
    'a lease store': (give) => [
      exclusively({
        leases: { acquire: give as never, renew: () => undefined, release: () => undefined },
        name: 'l',
        owner: 'o',
      }),
      event,
    ],
    'a load': (give) => [() => hydrate(give, () => NEVER, { emitLoaded: true }), event],
    'a read': (give) => [() => followLog({ events: { read: give as never } }), event],
  }

  it.each(Object.entries(givers))('%s: hostile values throw nothing at the producer', async (name, make) => {
    for (const [what, value] of hostileValues) {
      const given = value()
      const pushed = (): unknown => {
        const { subscription, errors } = push(
          ...([make(() => given)].map(([operator, item]) => [operator, [item]])[0] as [Operator, unknown[]]),
        )
        if (name !== 'a lease store') subscription.unsubscribe()
        return errors
      }
      expect(pushed, what).not.toThrow()
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

  it.each(Object.entries(givers))('%s: throwing hostile values throws nothing at the producer', async (_, make) => {
    for (const [what, value] of hostileValues) {
      const thrown = value()
      const throwing = () => {
        throw thrown
      }
      const [operator, item] = make(throwing)
      expect(() => push(operator, [item]).subscription.unsubscribe(), what).not.toThrow()
    }
  })

  it('a retry accepts any error', () => {
    for (const [, value] of hostileValues) {
      const time = new VirtualTimeScheduler()
      const thrown = value()
      let tries = 0
      const errors: unknown[] = []
      new Observable((output) => {
        tries++
        output.error(thrown)
      })
        .pipe(retryWithJitter({ delay: 1, entropy: 0, count: 2 }, () => 0, time))
        .subscribe({ error: (error) => errors.push(error) })
      time.flush()
      expect([tries, errors.length]).toEqual([3, 1])
    }
  })
})

describe('messages', () => {
  it.each(hostileValues)('inspect shows %s, and stays short', (_, make) => {
    const shown = inspect(make())
    expect(shown.length).toBeGreaterThan(0)
    expect(shown.length).toBeLessThan(100)
  })

  it('of errors never fail because of their values', () => {
    fc.assert(
      fc.property(hostileIndex, hostileIndex, (one, two) => {
        const value = hostileValue(one)
        const other = hostileValue(two)
        const event = { id: value, previous: other, stream: other, type: value, payload: other } as never
        for (const hostile of [event, value as never]) {
          const errors = [
            new InvalidPositionError('id', other, hostile),
            new InvalidPositionError('previous', other, hostile),
            new StaleEventError(hostile, 5),
            new UnknownEventError(hostile, 'word'),
            new HandlerError({ event: hostile, projection: 'word', cause: value }),
            new HandlerError({ event: hostile, through: 7, projection: other as never, cause: other }),
          ]
          for (const { message } of errors) expect(typeof message).toBe('string')
        }
        expect(new MissedEventError({ received: 5, last: 3, missing: [4, 4] }).message).toMatch('event 4')
      }),
    )
  })

  it('name the problem of a hostile message', () => {
    const cases: [unknown, object][] = [
      [
        { id: 1, previous: { toString: 1 }, stream: 's', type: 't', payload: 0 },
        { name: 'InvalidPositionError', field: 'previous' },
      ],
      [
        { id: Symbol('one') },
        { name: 'InvalidPositionError', field: 'id', message: expect.stringContaining('Symbol(one)') },
      ],
      [
        Object.defineProperty({ stream: 's', type: 't', payload: 0 }, 'id', {
          get: () => {
            throw trap
          },
        }),
        trap,
      ],
    ]
    for (const [message, error] of cases) {
      expect(push(ensureSequential(), [message]).errors).toMatchObject([error])
      expect(push(ensureSequential(), [[message]]).errors).toMatchObject([error])
    }
  })
})
