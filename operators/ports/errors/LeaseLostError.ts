import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** What a {@link LeaseLostError} says. */
export interface LeaseLost {
  /** The name of the lease. */
  readonly lease: string
  /** The epoch under which it was held. */
  readonly epoch: number
}

/** A lease is held by somebody else by now: nothing was committed under it. Who acquires it anew goes on from what is stored. */
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
