import type { Observable, SchedulerLike } from 'rxjs'
import {
  checkCount,
  checkDelay,
  checkFunction,
  checkObject,
  checkOptionalFunction,
  checkReader,
  checkScheduler,
  checkSignal,
  checkStreamList,
  checkTimeout,
} from '../../../operators/kernel/arguments.ts'
import { inspect } from '../../../operators/model/errors/inspect.ts'
import type { LogEvent, OneOrMany } from '../../../operators/model/index.ts'
import { checkKeys } from '../../../operators/model/keys.ts'
import { isName, NAME } from '../../../operators/model/names.ts'
import type { EventReader } from '../../../operators/ports/index.ts'
import { checkRetryOptions, type RetryOptions } from '../../../operators/retryWithJitter.ts'
import type { HoldOptions } from '../../../operators/sequence/EnsureSequentialOptions.ts'
import type { FailureInfo } from '../failures/FailurePolicy.ts'
import { checkExclusive } from './checkExclusive.ts'
import type { Dependency } from './dependencies.ts'
import type { ExclusiveOptions } from './Exclusive.ts'

/** Begins after a position, in place of a store's events: server-sent events, a WebSocket, Kafka, any hot stream. */
export type PushSource = (after: number) => Observable<OneOrMany<LogEvent>>

/** The options that `startProjection` and `startProjector` have in common. */
export interface RunOptions {
  /** Reads these streams in place of the definition's. */
  readonly streams?: readonly string[]
  /** Tells one of several runs of the same definition; it becomes part of the key in the store. */
  readonly instance?: string
  /** How many events a page holds at the most. Default: 512. */
  readonly pageSize?: number
  /** How long to wait for a hint, in ms, before looking for news anyway. Default: 30 000. */
  readonly catchUpAfter?: number
  /**
   * How long a store may take to answer a read or a load, in ms; `Infinity`: forever. After that it is a `TimeoutError`, and the
   * run is tried again. Default: 30 000.
   */
  readonly readTimeout?: number
  /**
   * How long a store may take to save a snapshot or a position, in ms; `Infinity`: forever. After that it is a `TimeoutError`,
   * and the save is tried again. In a store's transaction the store's own limits hold. Default: 30 000.
   */
  readonly saveTimeout?: number
  /**
   * How long after its subscription a `source` counts as live that has not failed and has not said so itself, with an empty
   * array; in ms. `Infinity`: only an empty array makes it live. Default: 1 000.
   */
  readonly liveAfter?: number
  /**
   * Lets a gap wait for its missing events before it is an error; for a `source`. Absent: it does not wait. In a store's page
   * nothing is missing that a later page could bring.
   */
  readonly hold?: HoldOptions
  /**
   * When and how often to try again. With a `delay` it is a policy of its own; without one, such as `{ count: 5 }`, it changes
   * the default: 1 000 ms and up to 500 more, doubled up to 30 000, forever, forgotten after a run of 60 000.
   */
  readonly retry?: Partial<RetryOptions>
  /** How many failures of a handler in a row, at the same position, fault the run. */
  readonly handlerFailures?: number
  /**
   * How long an asynchronous handler may take, in ms: then it has failed, with a `TimeoutError` as its cause, and a transaction
   * is rolled back. The handler itself cannot be stopped: it may overlap its own retry. Without it, a handler that has not
   * settled after 30 s is reported as `stalled` in telemetry. Default: any time.
   */
  readonly handlerTimeout?: number
  /**
   * Of all runs with the same key that say so, one runs, and the others stand by (`hydrating`) to take over: at once when it
   * stops, after `ttl` ms (10 000) and at most `acquireEvery` (a third of it) when its process dies. What a run saves after
   * it lost its lease is refused. Needs a store with `leases`. Default: `false`.
   */
  readonly exclusive?: boolean | ExclusiveOptions
  /** Hydration begins when these are live, however long that takes. One that ends before is a `DependencyError`. */
  readonly dependsOn?: readonly Dependency[]
  /** Stops the run when aborted. */
  readonly signal?: AbortSignal
  /** All timers and clocks of the run. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike
  /** All randomness of the run: numbers from 0 up to 1. Default: `Math.random`. */
  readonly random?: () => number
  /**
   * Told of every failure, whether it is retried or not. `attempt` is 0 for one that ends no run: a save, a snapshot that cannot
   * be decoded, a projector's page whose events are handled one by one then.
   */
  readonly onError?: (error: unknown, info: FailureInfo) => void
}

/** Forever, with growing waits: a gap fills, a store comes back. */
export const DEFAULT_RETRY: RetryOptions = {
  delay: 1_000,
  entropy: 500,
  backoff: { factor: 2, max: 30_000 },
  resetAfter: 60_000,
}

/** The policy that `retry` stands for: one with a `delay` is its own, any other changes the default. */
export function retryOf(retry: Partial<RetryOptions> = {}): RetryOptions {
  return retry.delay === undefined
    ? { ...DEFAULT_RETRY, ...retry, delay: DEFAULT_RETRY.delay }
    : { ...retry, delay: retry.delay }
}

/** The names of the options that all runs have. */
export const RUN_OPTIONS: readonly string[] = [
  'store',
  'source',
  'streams',
  'instance',
  'pageSize',
  'catchUpAfter',
  'readTimeout',
  'saveTimeout',
  'liveAfter',
  'hold',
  'retry',
  'handlerFailures',
  'handlerTimeout',
  'exclusive',
  'dependsOn',
  'signal',
  'scheduler',
  'random',
  'onError',
]

/** @throws {TypeError | RangeError} names the option that is wrong, or unknown. */
export function checkRunOptions(options: RunOptions, others: readonly string[]): void {
  checkObject('options', options)
  checkStoreIsNamed(options)
  checkKeys(options, [...RUN_OPTIONS, ...others])
  const { instance, pageSize = 1, catchUpAfter = 0, hold, retry, handlerFailures = 1, dependsOn = [] } = options
  const { readTimeout = 0, saveTimeout = 0, liveAfter = 0, handlerTimeout = 0 } = options
  if (instance !== undefined && !isName(instance)) {
    throw new TypeError(`instance must be ${NAME}, not ${inspect(instance)}`)
  }
  checkStreamList('streams', options.streams)
  checkCount('pageSize', pageSize)
  checkDelay('catchUpAfter', catchUpAfter)
  checkTimeout('readTimeout', readTimeout)
  checkTimeout('saveTimeout', saveTimeout)
  checkTimeout('liveAfter', liveAfter)
  if (hold !== undefined) {
    checkObject('hold', hold)
    checkKeys(hold, ['for', 'atMost'], 'hold')
    checkDelay('hold.for', hold.for)
    checkCount('hold.atMost', hold.atMost)
  }
  if (retry !== undefined) {
    checkObject('retry', retry)
    checkRetryOptions(retryOf(retry), 'retry')
  }
  if (handlerFailures !== Infinity) checkCount('handlerFailures', handlerFailures)
  checkDelay('handlerTimeout', handlerTimeout)
  if (!Array.isArray(dependsOn)) throw new TypeError(`dependsOn must be an array of handles, not ${inspect(dependsOn)}`)
  dependsOn.forEach((dependency: Partial<Dependency> | undefined, index) => {
    if (typeof dependency?.status$?.subscribe !== 'function') {
      throw new TypeError(`dependsOn[${index}] must be a handle, not ${inspect(dependency)}`)
    }
  })
  checkSignal('signal', options.signal)
  checkOptionalFunction('random', options.random)
  checkOptionalFunction('onError', options.onError)
  checkExclusive(options.exclusive)
  checkScheduler('scheduler', options.scheduler)
}

/** @throws {TypeError} when a store stands where options should: `startProjection(definition, store)`. */
export function checkStoreIsNamed(options: object): void {
  if ('events' in options && !('store' in options)) throw new TypeError('options is a store: give it as { store }')
}

/** Where events come from, and where its own things are kept: `snapshots` or `positions`. */
interface Places {
  readonly store?: { readonly events: EventReader } | undefined
  readonly source?: unknown
  readonly hold?: unknown
  readonly liveAfter?: unknown
  readonly snapshots?: unknown
  readonly positions?: unknown
}

/** @throws {TypeError} when there is not exactly one place to take events from, and one to keep things in. */
export function checkPlaces(
  { store, source, hold, liveAfter, ...options }: Places,
  kept: 'snapshots' | 'positions',
): void {
  checkOptionalFunction('source', source)
  if (source === undefined) {
    checkReader(store)
    if (hold !== undefined) throw new TypeError('hold goes with source: in a page of a store nothing is missing')
    if (liveAfter !== undefined)
      throw new TypeError('liveAfter goes with source: a store says itself where its log ends')
    if (options[kept] !== undefined)
      throw new TypeError(`${kept} goes with source; put it into store: { ...store, ${kept} }`)
  } else if (store !== undefined) {
    throw new TypeError('source stands in place of store: give one of the two')
  }
  const name = store === undefined ? kept : `store.${kept}`
  const place = (store === undefined ? options : (store as Places))[kept] as
    | { readonly load?: unknown; readonly save?: unknown }
    | undefined
  checkObject(name, place)
  checkFunction(`${name}.load`, place?.load)
  checkFunction(`${name}.save`, place?.save)
}
