import { inspect } from '../model/errors/inspect.ts'
import { ProjectionError } from '../model/errors/ProjectionError.ts'

/** A store answered a read with a value that cannot be a page of its log. Not retryable: the adapter is wrong. */
export class InvalidPageError extends ProjectionError {
  declare readonly name: 'InvalidPageError'
  /** The name of the invalid field. */
  declare readonly field: string
  /** The invalid value. */
  declare readonly value: unknown

  constructor(field: string, value: unknown, expected: string) {
    super(`a page's ${field} must be ${expected}, not ${inspect(value)}`, {
      name: 'InvalidPageError',
      retryable: false,
      field,
      value,
    })
  }
}
