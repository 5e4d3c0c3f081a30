import { inspect } from './inspect.ts'
import { ProjectionError } from './ProjectionError.ts'

/** A definition or the options of a run are wrong. Not retryable. */
export class InvalidProjectionError extends ProjectionError {
  declare readonly name: 'InvalidProjectionError'
  /** Which field is wrong. */
  declare readonly field: string
  /** What stood there. */
  declare readonly value: unknown

  constructor(field: string, value: unknown, expected: string, options?: ErrorOptions) {
    super(`${field} must be ${expected}, not ${inspect(value)}`, {
      ...options,
      name: 'InvalidProjectionError',
      retryable: false,
      field,
      value,
    })
  }
}
