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

/** Emits the events after a position, instead of a store: server-sent events, a WebSocket, Kafka, or any hot stream. */
export type PushSource = (after: number) => Observable<OneOrMany<LogEvent>>

/** The options that `startProjection` and `startProjector` share. */
export interface RunOptions {
  /** Reads these streams instead of those of the definition. */
  readonly streams?: readonly string[]
  /** Distinguishes several runs of the same definition. It becomes part of the key in the store. */
  readonly instance?: string
  /** The maximum number of events in a page. Default: 512. */
  readonly pageSize?: number
  /** How long to wait for a hint, in ms, before the run reads anyway. Default: 30 000. */
  readonly catchUpAfter?: number
  /**
   * How long a store may take to answer a read or a load, in ms; `Infinity`: forever. After this time the read fails with a
   * `TimeoutError`, and the run is retried. Default: 30 000.
   */
  readonly readTimeout?: number
  /**
   * How long a store may take to save a snapshot or a position, in ms; `Infinity`: forever. After this time the save fails with a
   * `TimeoutError`, and is retried. In a transaction of the store, the limits of the store apply. Default: 30 000.
   */
  readonly saveTimeout?: number
  /**
   * When a `source` counts as live: this many ms after its subscription, unless it has failed or already emitted an empty array.
   * `Infinity`: only an empty array makes it live. Default: 1 000.
   */
  readonly liveAfter?: number
  /**
   * For a `source`: lets a gap wait for its missing events before it becomes an error. Absent: it does not wait. A page of a
   * store needs no hold: a later page cannot bring an event that this page lacks.
   */
  readonly hold?: HoldOptions
  /**
   * When and how often to retry. Options with a `delay` are a complete policy. Options without one, such as `{ count: 5 }`,
   * change the default: 1 000 ms plus up to 500 ms, doubled up to 30 000 ms, forever, reset after a run of 60 000 ms.
   */
  readonly retry?: Partial<RetryOptions>
  /** How many failures of a handler in a row, at the same position, fault the run. */
  readonly handlerFailures?: number
  /**
   * How long an asynchronous handler may take, in ms. After this time it has failed, with a `TimeoutError` as the cause, and its
   * transaction is rolled back. The handler itself cannot be stopped: it may overlap its own retry. Without this option,
   * telemetry reports a handler that has not settled after 30 s as `stalled`. Default: unlimited.
   */
  readonly handlerTimeout?: number
  /**
   * Lets only one of the exclusive runs with the same key run. The others stand by (`hydrating`) and take over: immediately when
   * that run stops, or after `ttl` ms (10 000) plus at most `acquireEvery` (a third of it) when its process dies. The store
   * refuses the saves of a run that has lost its lease. Needs a store with `leases`. Default: `false`.
   */
  readonly exclusive?: boolean | ExclusiveOptions
  /**
   * Hydration begins when these are live, however long that takes. If one ends before, the run faults with a `DependencyError`.
   */
  readonly dependsOn?: readonly Dependency[]
  /** Stops the run when aborted. */
  readonly signal?: AbortSignal
  /** Provides all timers and clocks of the run. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike
  /** Provides all randomness of the run: numbers from 0 (inclusive) to 1 (exclusive). Default: `Math.random`. */
  readonly random?: () => number
  /**
   * Receives every failure, whether it is retried or not. `attempt` is 0 for a failure that does not end the run: a save, an
   * undecodable snapshot, or a failed page of a projector, whose events are then handled one by one.
   */
  readonly onError?: (error: unknown, info: FailureInfo) => void
}

/** Retries forever, with growing waits: a gap may fill, and a store may recover. */
export const DEFAULT_RETRY: RetryOptions = {
  delay: 1_000,
  entropy: 500,
  backoff: { factor: 2, max: 30_000 },
  resetAfter: 60_000,
}

/** The policy for `retry`: options with a `delay` are complete, any others change the default. */
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

/** @throws {TypeError | RangeError} names the wrong or unknown option. */
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

/** @throws {TypeError} a store was passed instead of options: `startProjection(definition, store)`. */
export function checkStoreIsNamed(options: object): void {
  if ('events' in options && !('store' in options)) throw new TypeError('options is a store: give it as { store }')
}

/** The origin of the events, and the place of the run's own data: `snapshots` or `positions`. */
interface Places {
  readonly store?: { readonly events: EventReader } | undefined
  readonly source?: unknown
  readonly hold?: unknown
  readonly liveAfter?: unknown
  readonly snapshots?: unknown
  readonly positions?: unknown
}

/** @throws {TypeError} there must be exactly one origin of events and one place for the run's data. */
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
