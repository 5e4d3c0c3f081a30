import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** The fields of a {@link LeaseLostError}. */
export interface LeaseLost {
  /** The name of the lease. */
  readonly lease: string
  /** The epoch under which it was held. */
  readonly epoch: number
}

/**
 * Another owner holds the lease now. Nothing was committed under the lost lease. A process that acquires the lease again
 * continues from the stored position.
 */
export class LeaseLostError extends ProjectionError implements LeaseLost {
  declare readonly name: 'LeaseLostError'
  declare readonly lease: string
  declare readonly epoch: number

  constructor({ lease, epoch }: LeaseLost, options?: ErrorOptions) {
    super(`the lease ${JSON.stringify(lease)} of epoch ${epoch} is lost`, {
      ...options,
      name: 'LeaseLostError',
      lease,
      epoch,
    })
  }
}
