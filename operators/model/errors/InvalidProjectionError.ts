import { inspect } from './inspect.ts'
import { ProjectionError } from './ProjectionError.ts'

/** A definition or the options of a run are invalid. Not retryable. */
export class InvalidProjectionError extends ProjectionError {
  declare readonly name: 'InvalidProjectionError'
  /** The name of the invalid field. */
  declare readonly field: string
  /** The invalid value. */
  declare readonly value: unknown

  /** @param message describes the problem, where `expected` alone does not describe it. */
  constructor(
    field: string,
    value: unknown,
    expected: string,
    { message, ...options }: ErrorOptions & { readonly message?: string } = {},
  ) {
    super(message ?? `${field} must be ${expected}, not ${inspect(value)}`, {
      ...options,
      name: 'InvalidProjectionError',
      retryable: false,
      field,
      value,
    })
  }
}
