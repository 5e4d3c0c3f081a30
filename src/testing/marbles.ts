import type { Observable } from 'rxjs'
import type { TestScheduler } from 'rxjs/testing'
import { checkFunction, checkObject } from '../../operators/kernel/arguments.ts'
import { checkKeys } from '../../operators/model/keys.ts'

/** An observable made by `cold` or `hot`: it records when it was subscribed and unsubscribed. */
export type TestObservable<T> = Observable<T> & {
  readonly subscriptions: { readonly subscribedFrame: number; readonly unsubscribedFrame: number }[]
}

/** The expected behavior of an observable. */
export interface Expectation<T> {
  /**
   * The expected emissions: a diagram with the values of its letters and the error of its `#`, or another test observable's
   * diagram.
   */
  toBeObservable(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): void
  toBeObservable(other: TestObservable<T>): void
  /** The expected subscriptions, one diagram for each; only for observables made by `cold` and `hot`. */
  toHaveSubscriptions(diagrams: string | string[]): void
}

/** The context of a marble test: rxjs-marbles' context of a run, in the TestScheduler's run mode. */
export interface MarbleContext {
  /** The clock of the test, for anything that accepts a scheduler. (A default `asyncScheduler` runs in virtual time, too.) */
  readonly scheduler: TestScheduler
  /** An observable that begins its diagram at each subscription. Without `values`, letters are their own values. */
  cold<T = string>(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): TestObservable<T>
  /** An observable that runs whether subscribed or not; the test begins at `^` in its diagram. */
  hot<T = string>(diagram: string, values?: Readonly<Record<string, T>>, error?: unknown): TestObservable<T>
  /** Subscribes as a diagram describes (`'--^---!'`; absent: immediately and forever) and compares at the end of the test. */
  expect<T>(actual: Observable<T>, subscription?: string): Expectation<NoInfer<T>>
  /** The number of frames (ms) from the beginning of a diagram to its `|`. */
  time(diagram: string): number
  /** Runs the scheduled actions now instead of at the end of the test. */
  flush(): void
}

/** Makes a test function from a marble test; parameters after the context are the test's own. */
export type Marbles = <Rest extends readonly unknown[]>(
  test: (m: MarbleContext, ...rest: Rest) => void,
) => (...rest: Rest) => Promise<void>

/** Options of `configureMarbles`. */
export interface MarblesOptions {
  /** Throws if two values differ: the assertion of a test runner, such as `assert.deepStrictEqual`. */
  readonly assertDeepEqual: (actual: unknown, expected: unknown) => void
}

/**
 * Makes a test function for vitest from a marble test. It uses rxjs-marbles in virtual time and compares with `toStrictEqual`.
 *
 * The test itself is synchronous; time passes after it has returned. A test that returns a promise fails, because virtual time
 * does not wait for promises.
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
 * Makes a {@link marbles} function for another test runner, from its assertion. Needs the package rxjs-marbles.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { configureMarbles } from 'rx-projection/testing'
 *
 * const marbles = configureMarbles({ assertDeepEqual: assert.deepEqual })
 * ```
 * @throws {TypeError} `assertDeepEqual` is not a function.
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
    // Without `frameworkMatcher`, rxjs-marbles would silently ignore the assertion.
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

/** Loads a package late and by name, so that projects without marble tests need neither package. */
async function installed<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    throw new Error(`marble tests need the package ${name}, which could not be loaded (npm install -D ${name})`, {
      cause,
    })
  }
}
