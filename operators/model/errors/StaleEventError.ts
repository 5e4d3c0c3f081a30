import type { LogEvent } from '../event.ts'
import { fieldOf, inspect } from './inspect.ts'
import { ProjectionError } from './ProjectionError.ts'

/**
 * A handler would have received an event at or below the position already reached. Not retryable: the pipeline is composed
 * incorrectly.
 */
export class StaleEventError extends ProjectionError {
  declare readonly name: 'StaleEventError'
  declare readonly event: LogEvent
  /** The position already reached. */
  declare readonly offset: number

  constructor(event: LogEvent, offset: number) {
    super(`${whatCame(event, offset)}: put ensureSequential before this operator`, {
      name: 'StaleEventError',
      retryable: false,
      event,
      offset,
    })
  }
}

/** Describes the event. A value without an `id` is neither early nor late. */
function whatCame(event: unknown, offset: number): string {
  const id = fieldOf(event, 'id')
  const isNone = event === null || event === undefined || id === 'undefined'
  return isNone
    ? `${inspect(event)} has no id, so it is no event`
    : `event ${id} came after position ${offset} was reached`
}
