import { inspect } from './inspect.ts'
import { ProjectionError } from './ProjectionError.ts'

/** A definition or the options of a run are wrong. Not retryable. */
export class InvalidProjectionError extends ProjectionError {
  override readonly name = 'InvalidProjectionError'
  /** Which field is wrong. */
  readonly field: string
  /** What stood there. */
  readonly value: unknown

  constructor(field: string, value: unknown, expected: string) {
    super(`${field} must be ${expected}, not ${inspect(value)}`)
    this.field = field
    this.value = value
  }

  override get retryable(): boolean {
    return false
  }
}
