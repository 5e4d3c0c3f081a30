import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** What a {@link StateTooLargeError} says. */
export interface StateTooLarge {
  /** The name under which the snapshot was to be saved. */
  readonly projection: string
  /** The size of the encoded state, in characters; `undefined` where it is too large to be encoded at all. */
  readonly size: number | undefined
  /** The most that can be stored, in characters; `undefined` where the store does not say. */
  readonly limit?: number | undefined
}

/**
 * A state is too large to be saved. Not retryable: the next snapshot will hardly be smaller. The projection itself goes on;
 * its last durable snapshot stays the one before.
 */
export class StateTooLargeError extends ProjectionError implements StateTooLarge {
  declare readonly name: 'StateTooLargeError'
  declare readonly projection: string
  declare readonly size: number | undefined
  declare readonly limit: number | undefined

  constructor({ projection, size, limit }: StateTooLarge, options?: ErrorOptions) {
    const length = size === undefined ? 'more characters than a string can hold' : `${size} characters`
    const most = limit === undefined ? '' : `, the limit is ${limit}`
    super(`the state of ${JSON.stringify(projection)} is too large to be saved: ${length}${most}`, {
      ...options,
      name: 'StateTooLargeError',
      retryable: false,
      projection,
      size,
      limit,
    })
  }
}
