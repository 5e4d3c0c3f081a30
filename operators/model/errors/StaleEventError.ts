import type { LogEvent } from '../event.ts'
import { fieldOf } from './inspect.ts'
import { ProjectionError } from './ProjectionError.ts'

/** An event at or below the position already reached got as far as a handler. Not retryable: the pipeline is put together wrongly. */
export class StaleEventError extends ProjectionError {
  declare readonly name: 'StaleEventError'
  declare readonly event: LogEvent
  /** The position that had been reached. */
  declare readonly offset: number

  constructor(event: LogEvent, offset: number) {
    super(
      `event ${fieldOf(event, 'id')} came after position ${offset} was reached: put ensureSequential before this operator`,
      {
        name: 'StaleEventError',
        retryable: false,
        event,
        offset,
      },
    )
  }
}
