import { inspect } from '../../model/errors/inspect.ts'
import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** What was to be appended cannot be an event. Nothing was stored and no position was used. Not retryable. */
export class InvalidEventError extends ProjectionError {
  declare readonly name: 'InvalidEventError'
  /** Which field is wrong: `stream`, `events`, or `events[2].payload`, … */
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
      name: 'InvalidEventError',
      retryable: false,
      field,
      value,
    })
  }
}
