import type { OperatorFunction } from 'rxjs'
import { checkFunction } from './kernel/arguments.ts'
import { operate } from './kernel/operate.ts'
import { StaleEventError } from './model/errors/StaleEventError.ts'
import type { EventType, LogEvent, OneOrMany, Recorded } from './model/event.ts'
import type { MaybePromise } from './model/projection.ts'
import { checkProcessOptions, type ProcessOptions, ProcessStage, type Unit } from './processing/ProcessStage.ts'

const events: Unit<LogEvent> = {
  all: (item) => (Array.isArray(item) ? item : [item as LogEvent]),
  first: (event) => event,
  end: (event, position) => {
    const id = (event as LogEvent | null | undefined)?.id as number
    if (!(id > position)) throw new StaleEventError(event, position)
    return id
  },
}

/**
 * Handles events one at a time, for their side effects, and moves a position behind each success.
 *
 *     source:  --a-----b-----|
 *     processEvents(send, { savePosition })     send and savePosition take one frame each
 *     output:  ----1-----2---|
 *
 * 1. One event at a time: `process(event)`, then `savePosition(event.id)`, then the position is emitted; only then the
 *    next event. Both may be synchronous or return a promise; `savePosition` an observable too (its completion counts).
 * 2. Takes events or batches; a batch is handled event by event.
 * 3. A handler that throws or rejects: a {@link HandlerError}, and no position is saved. A save that fails: its error. A
 *    `retryWithJitter` behind it then handles that event again; to try the save alone, put the retry into it:
 *    `savePosition: (position) => defer(() => store.positions.save(name, position)).pipe(retryWithJitter(…))`. The runtime
 *    remembers what was handled, so it does not need this.
 * 4. An event at or below the last position: a {@link StaleEventError}; it is not handled.
 *
 * Completes after the last event's save. An error of the source passes on at once. After unsubscribing, an event in hand
 * still ends, but its position is not saved.
 *
 * @example
 * ```ts
 * import { of } from 'rxjs'
 * import { processEvents } from 'rx-projection/operators'
 *
 * const sent: unknown[] = []
 * let position = 0
 * of({ id: 1, stream: 'shop', type: 'Sold', payload: 5 })
 *   .pipe(processEvents((event) => { sent.push(event.payload) }, { savePosition: (id) => { position = id } }))
 *   .subscribe(console.log) // prints 1
 * ```
 * @see {@link processPages}, for work on whole pages
 * @throws {TypeError | RangeError} names the argument that is wrong.
 */
export function processEvents<E extends EventType = EventType>(
  process: (event: Recorded<E>) => MaybePromise<unknown>,
  options: ProcessOptions,
): OperatorFunction<OneOrMany<LogEvent>, number> {
  checkFunction('process', process)
  checkProcessOptions(options)
  const handle = process as (event: LogEvent) => MaybePromise<unknown>
  return operate((output) => new ProcessStage(output, events, handle, options))
}
