import type { Observable } from 'rxjs'
import type { TestScheduler } from 'rxjs/testing'
import { checkFunction, checkObject } from '../../operators/kernel/arguments.ts'
import { checkKeys } from '../../operators/model/keys.ts'

/** An observable made by `cold` or `hot`: it knows when it was subscribed and unsubscribed. */
export type TestObservable<T> = Observable<T> & {
  readonly subscriptions: { readonly subscribedFrame: number; readonly unsubscribedFrame: number }[]
}

/** What an observable is expected to do. */
export interface Expectation<T> {
  /** Emits so: a diagram with what its letters stand for and what `#` is, or what another test observable was made of. */
  toBeObservable(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): void
  toBeObservable(other: TestObservable<T>): void
  /** Was subscribed so, once a diagram; only for what `cold` and `hot` have made. */
  toHaveSubscriptions(diagrams: string | string[]): void
}

/** What a marble test works with: rxjs-marbles' context of a run, in the TestScheduler's run mode. */
export interface MarbleContext {
  /** The clock of the test, for whatever takes a scheduler. (A default `asyncScheduler` runs in virtual time, too.) */
  readonly scheduler: TestScheduler
  /** An observable that begins its diagram at each subscription. Without `values`, letters stand for themselves. */
  cold<T = string>(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): TestObservable<T>
  /** An observable that runs, subscribed or not; `^` in its diagram is where the test begins. */
  hot<T = string>(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): TestObservable<T>
  /** Subscribes as a diagram says (`'--^---!'`; absent: at once, for good) and compares at the end of the test. */
  expect<T>(actual: Observable<T>, subscription?: string): Expectation<NoInfer<T>>
  /** How many frames (ms) the `|` of a diagram comes after its beginning. */
  time(diagram: string): number
  /** Runs what is scheduled now, and not only at the end of the test. */
  flush(): void
}

/** Makes a test function of a marble test; parameters beyond the context are the test's own. */
export type Marbles = <Rest extends readonly unknown[]>(
  test: (m: MarbleContext, ...rest: Rest) => void,
) => (...rest: Rest) => Promise<void>

/** What `configureMarbles` has to be told. */
export interface MarblesOptions {
  /** Throws when two values differ: the assertion of a test runner, such as `assert.deepStrictEqual`. */
  readonly assertDeepEqual: (actual: unknown, expected: unknown) => void
}

/**
 * Makes a test function for vitest of a marble test: rxjs-marbles, in virtual time, compared by `toStrictEqual`.
 *
 * The test itself is synchronous; time passes when it has returned. A test that returns a promise fails, since virtual time
 * does not wait for one.
 *
 * Needs the packages rxjs-marbles and vitest, which are loaded when the test runs. For another test runner, see
 * {@link configureMarbles}.
 *
 * @example
 * ```ts
 * import { ensureSequential } from 'rx-projection/operators'
 * import { eventsOf, marbles } from 'rx-projection/testing'
 *
 * const waitsForWhatIsMissing = marbles((m) => {
 *   const events = eventsOf('abc')
 *   const source = m.cold('--a--c--b------|', events)
 *   const subs = '          ^--------------!'
 *   const expected = '      --a-----(bc)---|'
 *   m.expect(source.pipe(ensureSequential({ hold: { for: 5, atMost: 10 } }))).toBeObservable(expected, events)
 *   m.expect(source).toHaveSubscriptions(subs)
 * })
 * // it('waits for what is missing', waitsForWhatIsMissing)
 * ```
 */
export const marbles: Marbles = (test) => marblesWith(vitestAssertion, test)

/**
 * Makes a {@link marbles} for another test runner, of its assertion. Needs the package rxjs-marbles.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { configureMarbles } from 'rx-projection/testing'
 *
 * const marbles = configureMarbles({ assertDeepEqual: assert.deepEqual })
 * ```
 * @throws {TypeError} `assertDeepEqual` is no function.
 */
export function configureMarbles(options: MarblesOptions): Marbles {
  checkObject('options', options)
  checkKeys(options, ['assertDeepEqual'])
  const { assertDeepEqual } = options
  checkFunction('assertDeepEqual', assertDeepEqual)
  return (test) => marblesWith(async () => assertDeepEqual, test)
}

type Assertion = MarblesOptions['assertDeepEqual']

function marblesWith<Rest extends readonly unknown[]>(
  assertion: () => Promise<Assertion>,
  test: (m: MarbleContext, ...rest: Rest) => void,
): (...rest: Rest) => Promise<void> {
  checkFunction('test', test)
  return async (...rest) => {
    const { configure } = await installed('rxjs-marbles', () => import('rxjs-marbles'))
    // Without `frameworkMatcher`, the assertion would be left aside without a word.
    const configured = configure({ run: true, frameworkMatcher: true, assertDeepEqual: await assertion() })
    const run = configured.marbles((context) => test(context as unknown as MarbleContext, ...rest))
    const result: unknown = run()
    if (typeof (result as { then?: unknown } | undefined)?.then !== 'function') return
    Promise.resolve(result).catch(() => undefined)
    throw new TypeError('a marble test must not return a promise: virtual time does not wait for it')
  }
}

async function vitestAssertion(): Promise<Assertion> {
  const { expect } = await installed('vitest', () => import('vitest'))
  return (actual, expected) => expect(actual).toStrictEqual(expected)
}

/** Loaded late and by name, so that who does not write marble tests needs neither package. */
async function installed<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    throw new Error(`marble tests need the package ${name}, which could not be loaded (npm install -D ${name})`, {
      cause,
    })
  }
}
