import type { LogEvent } from '../event.ts'
import { ProjectionError } from './ProjectionError.ts'

/** An event at or below the position already reached got as far as a handler. Not retryable: the pipeline is put together wrongly. */
export class StaleEventError extends ProjectionError {
  override readonly name = 'StaleEventError'
  readonly event: LogEvent
  /** The position that had been reached. */
  readonly offset: number

  constructor(event: LogEvent, offset: number) {
    super(`event ${event.id} came after position ${offset} was reached: put ensureSequential before this operator`)
    this.event = event
    this.offset = offset
  }

  override get retryable(): boolean {
    return false
  }
}
