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
 * Handles events one at a time, for their side effects, and saves the position after each success.
 *
 *     source:  --a-----b-----|
 *     processEvents(send, { savePosition })     send and savePosition take one frame each
 *     output:  ----1-----2---|
 *
 * 1. One event at a time: `process(event)` runs, then `savePosition(event.id)`, then the position is emitted; only then the
 *    next event follows. Both callbacks may be synchronous or return a promise; `savePosition` may also return an observable
 *    (its completion counts).
 * 2. Accepts events or batches; a batch is handled event by event.
 * 3. If a handler throws or rejects, the output errors with a {@link HandlerError}, and no position is saved. If a save fails,
 *    the output errors with the error of the save. In both cases a `retryWithJitter` after this operator handles the event
 *    again. To retry only the save, put the retry into it:
 *    `savePosition: (position) => defer(() => store.positions.save(name, position)).pipe(retryWithJitter(…))`. The runtime does
 *    not need this, because it remembers which events were handled.
 * 4. An event at or below the last position is not handled: the output errors with a {@link StaleEventError}.
 *
 * Completes after the last event's save. An error of the source passes through immediately. After unsubscribing, the current
 * event is still handled, but its position is not saved.
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
 * @throws {TypeError | RangeError} names the invalid argument.
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
