import { type Retry, type RetryOptions, retryWithJitter } from 'rx-projection/operators'
import { marbles } from 'rx-projection/testing'
import { asyncScheduler, Observable, Subject, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { checklist } from '../support/checklist.ts'
import { record } from '../support/record.ts'

const letters = { a: 'a', b: 'b', c: 'c' }
const failing = { source: '-a#', subscribed: '^-!', expected: '-a#' }

checklist({
  name: 'retryWithJitter that is out of retries',
  make: () => retryWithJitter<string>({ delay: 5, entropy: 0, count: 0 }),
  input: letters,
  output: letters,
  callbacks: {
    random: (random) => ({ operator: retryWithJitter({ delay: 5, entropy: 5 }, random), ...failing }),
    retryIf: (retryIf) => ({ operator: retryWithJitter({ delay: 5, entropy: 5, retryIf }), ...failing }),
    onRetry: (onRetry) => ({ operator: retryWithJitter({ delay: 5, entropy: 5, onRetry }), ...failing }),
    'random before the first subscription': (random) => ({
      operator: retryWithJitter({ delay: 5, entropy: 5, delayFirst: true }, random),
      source: '    a#',
      subscribed: '',
      expected: '  #',
    }),
  },
})

/** The waits of a source that fails at once, again and again. */
function waits(options: RetryOptions, ...randoms: readonly number[]): readonly number[] {
  const found: number[] = []
  const clock = new VirtualTimeScheduler()
  const left = [...randoms]
  const onRetry = (_: unknown, { wait }: Retry) => found.push(wait)
  const source$ = new Observable<never>((subscriber) => subscriber.error('failed'))
  record(source$.pipe(retryWithJitter({ count: 5, ...options, onRetry }, () => left.shift() ?? 0, clock)))
  clock.flush()
  expect(clock.now()).toBe(found.reduce((sum, wait) => sum + wait, 0))
  return found
}

describe('retryWithJitter', () => {
  it(
    'waits after an error, then subscribes again',
    marbles((m) => {
      const source = m.cold('-a-b#                  ')
      const subs = ['        ^---!                  ', '---------^---!', '------------------^---!']
      const unsub = '        ^---------------------!'
      const expected = '     -a-b------a-b------a-b-'
      m.expect(source.pipe(retryWithJitter({ delay: 5, entropy: 0 })), unsub).toBeObservable(expected)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'passes on the error when no retries are left',
    marbles((m) => {
      const source = m.cold('-a#          ')
      const subs = ['        ^-!          ', '-----^-!     ', '----------^-!']
      const expected = '     -a----a----a#'
      m.expect(source.pipe(retryWithJitter({ delay: 3, entropy: 0, count: 2 }))).toBeObservable(expected)
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'does not subscribe again if it is unsubscribed during a wait',
    marbles((m) => {
      const source = m.cold('-a#      ')
      const subs = '         ^-!      '
      const unsub = '        ^---!    '
      m.expect(source.pipe(retryWithJitter({ delay: 3, entropy: 0 })), unsub).toBeObservable('-a-------')
      m.expect(source).toHaveSubscriptions(subs)
    }),
  )

  it(
    'passes on a completion without a retry',
    marbles((m) => {
      const source = m.cold('-a|')
      m.expect(source.pipe(retryWithJitter({ delay: 3, entropy: 0 }))).toBeObservable('-a|')
      m.expect(source).toHaveSubscriptions('^-!')
    }),
  )

  describe('a wait', () => {
    it('has a random part: an integer from 0 to the entropy, both included, equally likely', () => {
      expect(waits({ delay: 5, entropy: 2 }, 0, 0.33, 0.34, 0.66, 0.67)).toEqual([5, 5, 6, 6, 7])
      expect(waits({ delay: 5, entropy: 2 }, 1, 1 - Number.EPSILON, 0, 0, 0)).toEqual([7, 7, 5, 5, 5])
      expect(waits({ delay: 0, entropy: 1 }, 0.49, 0.5)).toEqual([0, 1, 0, 0, 0])
    })

    it('grows by the factor, up to its maximum, to which the random part is added', () => {
      const backoff = { factor: 2, max: 1_000 }
      expect(waits({ delay: 200, entropy: 9, backoff }, 0, 0, 0, 0, 0.5)).toEqual([200, 400, 800, 1_000, 1_005])
    })

    it('may have a maximum below the delay', () => {
      expect(waits({ delay: 200, entropy: 0, backoff: { factor: 1, max: 100 }, count: 2 })).toEqual([100, 100])
    })

    it('of 0 stays 0, however often it is multiplied', () => {
      expect(waits({ delay: 0, entropy: 0, backoff: { factor: 10, max: 5 }, count: 400 }).at(-1)).toBe(0)
    })

    it('stays at its maximum, however often it is multiplied', () => {
      expect(waits({ delay: 1, entropy: 0, backoff: { factor: 10, max: 5 }, count: 400 }).at(-1)).toBe(5)
    })

    it('has a fraction if the delay has one', () => {
      expect(waits({ delay: 1.5, entropy: 0, backoff: { factor: 1.5, max: 100 }, count: 2 })).toEqual([1.5, 2.25])
    })

    it.each([-0.1, 1.1, Number.NaN, undefined])('with a random number of %s is an error', (random) => {
      const source$ = new Observable<never>((subscriber) => subscriber.error('failed'))
      const { error } = record(source$.pipe(retryWithJitter({ delay: 1, entropy: 1 }, () => random as number)))
      expect(error).toBeInstanceOf(RangeError)
      expect(String(error)).toContain('random')
    })
  })

  describe('resetAfter', () => {
    it(
      'resets the wait and the count after a run that lasted this long',
      marbles((m) => {
        const attempts: number[] = []
        const lengths = ['#', '#', '--------#', '#', '#', '#']
        const run = () => m.cold(lengths[attempts.length] ?? '#')
        const source$ = new Observable<string>((subscriber) => run().subscribe(subscriber))
        const options: RetryOptions = {
          delay: 1,
          entropy: 0,
          backoff: { factor: 2, max: 100 },
          count: 2,
          resetAfter: 8,
          onRetry: (_, { attempt }) => attempts.push(attempt),
        }
        // runs begin at 0, 1, 3 (lasts 8), 12 and 14
        m.expect(source$.pipe(retryWithJitter(options))).toBeObservable('14ms #')
        m.flush()
        expect(attempts).toEqual([1, 2, 1, 2])
      }),
    )

    it(
      'is counted from the subscription, and not reached by a shorter run',
      marbles((m) => {
        const attempts: number[] = []
        const onRetry = (_: unknown, { attempt }: Retry) => attempts.push(attempt)
        const source = m.cold('-a-----#')
        const out$ = source.pipe(retryWithJitter({ delay: 9, entropy: 0, count: 2, resetAfter: 8, onRetry }))
        m.expect(out$).toBeObservable('-a 15ms a 15ms a-----#')
        m.flush()
        expect(attempts).toEqual([1, 2])
      }),
    )
  })

  describe('retryIf', () => {
    it(
      'that returns false passes on the error immediately',
      marbles((m) => {
        const asked: unknown[] = []
        const retryIf = (error: unknown, attempt: number) => {
          asked.push(error, attempt)
          return attempt < 2
        }
        const source = m.cold('-#  ')
        const subs = ['        ^!', '---^!']
        const expected = '     ----#'
        m.expect(source.pipe(retryWithJitter({ delay: 2, entropy: 0, retryIf }))).toBeObservable(expected)
        m.expect(source).toHaveSubscriptions(subs)
        m.flush()
        expect(asked).toEqual(['error', 1, 'error', 2])
      }),
    )

    it('does not run when no retries are left', () => {
      let asked = 0
      const source$ = new Observable<never>((subscriber) => subscriber.error('failed'))
      const retryIf = () => ++asked > 0
      expect(record(source$.pipe(retryWithJitter({ delay: 1, entropy: 0, count: 0, retryIf }))).error).toBe('failed')
      expect(asked).toBe(0)
    })
  })

  it('reports each retry before its wait begins', () => {
    const clock = new VirtualTimeScheduler()
    const told: unknown[] = []
    const source$ = new Subject<string>()
    const onRetry = (error: unknown, retry: Retry) => told.push(error, retry, clock.now(), clock.actions.length)
    record(source$.pipe(retryWithJitter({ delay: 7, entropy: 3, onRetry }, () => 0.99, clock)))
    source$.error('first')
    expect(told).toEqual(['first', { attempt: 1, wait: 10 }, 0, 0])
  })

  it('ends without a wait if onRetry unsubscribes', () => {
    const clock = new VirtualTimeScheduler()
    const source$ = new Subject<string>()
    const onRetry = () => subscription.unsubscribe()
    const { subscription } = record(source$.pipe(retryWithJitter({ delay: 7, entropy: 0, onRetry }, () => 0, clock)))
    source$.error('first')
    expect(clock.actions).toEqual([])
  })

  describe('delayFirst', () => {
    it(
      'delays the first subscription, too, and does not count it',
      marbles((m) => {
        const source = m.cold(' -a#')
        const subs = ['       -----^-!  ', '------------^-!']
        const expected = '    ------a------a#'
        const options = { delay: 3, entropy: 2, count: 1, delayFirst: true }
        m.expect(source.pipe(retryWithJitter(options, () => 0.99))).toBeObservable(expected)
        m.expect(source).toHaveSubscriptions(subs)
      }),
    )

    it(
      'ends immediately when it is unsubscribed',
      marbles((m) => {
        const source = m.cold('-a#')
        const options = { delay: 3, entropy: 0, delayFirst: true }
        m.expect(source.pipe(retryWithJitter(options)), '^-!').toBeObservable('---')
        m.expect(source).toHaveSubscriptions([])
      }),
    )
  })

  it('leaves nothing attached to the output, however often it retries', () => {
    const clock = new VirtualTimeScheduler()
    const source$ = new Observable<never>((subscriber) => subscriber.error('failed'))
    const { subscription } = record(source$.pipe(retryWithJitter({ delay: 1, entropy: 0 }, () => 0, clock)))
    clock.maxFrames = 2
    clock.flush()
    const after2 = heldBy(subscription)
    clock.maxFrames = 200
    clock.flush()
    expect(heldBy(subscription)).toBe(after2)
    subscription.unsubscribe()
    expect(clock.actions).toEqual([])
  })

  it.each<[argument: string, options: unknown, error: typeof RangeError]>([
    ['options', undefined, TypeError],
    ['delay', { entropy: 0 }, RangeError],
    ['delay', { delay: -1, entropy: 0 }, RangeError],
    ['delay', { delay: 2 ** 31, entropy: 0 }, RangeError],
    ['entropy', { delay: 0, entropy: 0.5 }, RangeError],
    ['entropy', { delay: 0, entropy: -1 }, RangeError],
    ['the longest wait', { delay: 2 ** 31 - 1, entropy: 1 }, RangeError],
    ['the longest wait', { delay: 1, entropy: 1, backoff: { factor: 2, max: 2 ** 31 - 1 } }, RangeError],
    ['backoff', { delay: 1, entropy: 0, backoff: 2 }, TypeError],
    ['backoff.factor', { delay: 1, entropy: 0, backoff: { factor: 0.5, max: 5 } }, RangeError],
    ['backoff.factor', { delay: 1, entropy: 0, backoff: { factor: Number.POSITIVE_INFINITY, max: 5 } }, RangeError],
    ['backoff.max', { delay: 1, entropy: 0, backoff: { factor: 2 } }, RangeError],
    ['count', { delay: 1, entropy: 0, count: -1 }, RangeError],
    ['count', { delay: 1, entropy: 0, count: 1.5 }, RangeError],
    ['resetAfter', { delay: 1, entropy: 0, resetAfter: -1 }, RangeError],
    ['retryIf', { delay: 1, entropy: 0, retryIf: true }, TypeError],
    ['onRetry', { delay: 1, entropy: 0, onRetry: 'log' }, TypeError],
  ])('names the wrong argument %s when it is called', (argument, options, error) => {
    const call = () => retryWithJitter(options as RetryOptions)
    expect(call).toThrow(error)
    expect(call).toThrow(new RegExp(`^${argument.replace('.', '\\.')} must be`))
  })

  it('names a random that is not a function', () => {
    expect(() => retryWithJitter({ delay: 1, entropy: 1 }, 0.5 as never, asyncScheduler)).toThrow(/^random must be/)
  })
})

/** How many subscriptions and teardowns are reached from a subscription. */
function heldBy(from: object, seen: Set<unknown> = new Set()): number {
  if (seen.has(from)) return 0
  seen.add(from)
  let held = 1
  for (const value of Object.values(from)) {
    for (const part of Array.isArray(value) ? value : [value]) {
      if (typeof part === 'object' && part !== null && 'unsubscribe' in part) held += heldBy(part, seen)
    }
  }
  return held
}
