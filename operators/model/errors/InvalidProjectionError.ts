import { inspect } from './inspect.ts'
import { ProjectionError } from './ProjectionError.ts'

/** A definition or the options of a run are wrong. Not retryable. */
export class InvalidProjectionError extends ProjectionError {
  declare readonly name: 'InvalidProjectionError'
  /** Which field is wrong. */
  declare readonly field: string
  /** What stood there. */
  declare readonly value: unknown

  /** @param message says what is wrong with the field, where `expected` is no word for it. */
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
