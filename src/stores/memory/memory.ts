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

/** What `memory` may be told. */
export interface MemoryOptions {
  /**
   * Gives events that come without one their `recordedAt`: an ISO 8601 time in UTC. Default: the time of the append. Leases go
   * by it too, as far as it goes forwards; without it by a monotonic clock.
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
 * 1. Reads, loads and saves answer with values, never with promises: a projection over it runs synchronously, and in
 *    virtual time under a TestScheduler. `append` gives a promise as everywhere, but has appended when it returns, and
 *    `hints$` has emitted.
 * 2. Positions are 1, 2, 3, … without holes. A read of some streams costs the page, however long the log is.
 * 3. What goes in is captured: events are handed out frozen, snapshots as fresh objects.
 *
 * After its disposal all that was stored is out of reach, `hints$` completes and every call fails with a
 * {@link StoreError}.
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
