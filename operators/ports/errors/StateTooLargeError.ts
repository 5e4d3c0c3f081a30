import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** The fields of a {@link StateTooLargeError}. */
export interface StateTooLarge {
  /** The name of the snapshot. */
  readonly projection: string
  /** The size of the encoded state, in characters; `undefined` if it is too large to be encoded at all. */
  readonly size: number | undefined
  /** The largest size that the store accepts, in characters; `undefined` if the store does not report it. */
  readonly limit?: number | undefined
}

/**
 * A state is too large to be saved. Not retryable: the next snapshot will hardly be smaller. The projection itself continues;
 * its last durable snapshot remains the previous one.
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
