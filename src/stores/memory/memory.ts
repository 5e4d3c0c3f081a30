import type { EventType } from '../../../operators/model/event.ts'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import type { LeaseStore } from '../../../operators/ports/leases.ts'
import type { OpenStore } from '../../../operators/ports/store.ts'
import { checkOptions } from '../support/checkArguments.ts'
import { clock, stopwatch } from '../support/clock.ts'
import { memoryEvents } from './memoryEvents.ts'
import { memoryLeases } from './memoryLeases.ts'
import { memoryPositions } from './memoryPositions.ts'
import { memorySnapshots } from './memorySnapshots.ts'

/** The options of `memory`. */
export interface MemoryOptions {
  /**
   * Provides `recordedAt` for events that have none: an ISO 8601 time in UTC. Default: the time of the append. Leases use this
   * clock, too, as far as it moves forward; by default they use a monotonic clock.
   */
  readonly now?: () => string
}

/** An open store in memory. */
export interface MemoryStore<E extends EventType = EventType> extends OpenStore<E> {
  readonly leases: LeaseStore
}

/**
 * Opens a store in memory, for tests, examples and read models that need no disk.
 *
 * 1. Reads, loads and saves return values, never promises: a projection on this store runs synchronously, and in virtual time
 *    under a TestScheduler. `append` returns a promise as in every store, but the events are appended and `hints$` has emitted
 *    when it returns.
 * 2. Positions are 1, 2, 3, … without holes. A read of selected streams takes time in proportion to the page, not to the log.
 * 3. The store copies its input: it returns frozen events, and a new object for each loaded snapshot.
 *
 * After disposal the stored data is no longer accessible, `hints$` completes, and every call fails with a {@link StoreError}.
 *
 * @example
 * ```ts
 * import { memory } from 'rx-projection'
 *
 * await using store = memory()
 * await store.events.append('account-1', [{ type: 'Deposited', payload: { amount: 5 } }])
 * ```
 * @throws {TypeError} the options are wrong.
 */
export function memory<E extends EventType = EventType>(options?: MemoryOptions): MemoryStore<E> {
  checkOptions(options, ['now'])
  let closed = false
  const checkOpen = (): void => {
    if (closed) throw new StoreError('memory:', 'the store is closed')
  }
  const time = clock(options?.now)
  const { events, close } = memoryEvents(time, checkOpen)
  const { leases, check, close: closeLeases } = memoryLeases(stopwatch(options?.now), checkOpen)
  return {
    events: events as OpenStore<E>['events'],
    snapshots: memorySnapshots(checkOpen, check),
    leases,
    positions: memoryPositions(checkOpen, check),
    [Symbol.asyncDispose]: async () => {
      closed = true
      close()
      closeLeases()
    },
  }
}
