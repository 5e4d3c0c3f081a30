import type { LogEvent } from '../event.ts'
import { fieldOf, inspect } from './inspect.ts'
import { ProjectionError } from './ProjectionError.ts'

/** An event's `id` is not a positive safe integer, or its `previous` is not a safe integer in 0…id − 1. Not retryable. */
export class InvalidPositionError extends ProjectionError {
  declare readonly name: 'InvalidPositionError'
  /** The name of the invalid field. */
  declare readonly field: 'id' | 'previous'
  /** The invalid value. */
  declare readonly value: unknown
  /** The received message. */
  declare readonly event: LogEvent

  constructor(field: 'id' | 'previous', value: unknown, event: LogEvent) {
    super(
      field === 'id'
        ? `an event's id must be a positive safe integer, not ${inspect(value)}`
        : `an event's previous must be a safe integer from 0 to id - 1 (id ${fieldOf(event, 'id')}), not ${inspect(value)}`,
      { name: 'InvalidPositionError', retryable: false, field, value, event },
    )
  }
}
