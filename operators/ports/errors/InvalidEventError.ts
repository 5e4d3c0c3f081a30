import { inspect } from '../../model/errors/inspect.ts'
import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** An appended value cannot be an event. Nothing was stored and no position was used. Not retryable. */
export class InvalidEventError extends ProjectionError {
  declare readonly name: 'InvalidEventError'
  /** The name of the invalid field: `stream`, `events`, or `events[2].payload`, … */
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
      name: 'InvalidEventError',
      retryable: false,
      field,
      value,
    })
  }
}
