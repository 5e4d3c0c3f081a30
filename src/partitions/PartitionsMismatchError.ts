import { ProjectionError } from '../../operators/model/errors/ProjectionError.ts'

/** What a {@link PartitionsMismatchError} says. */
export interface PartitionsMismatch {
  /** The name of the projection or projector. */
  readonly projection: string
  /** How many partitions were asked for. */
  readonly partitions: number
  /** How many there are. */
  readonly stored: number
}

/** Another number of partitions than the one that was begun with: events would be handled twice, or not at all. Not retryable. */
export class PartitionsMismatchError extends ProjectionError implements PartitionsMismatch {
  declare readonly name: 'PartitionsMismatchError'
  declare readonly projection: string
  declare readonly partitions: number
  declare readonly stored: number

  constructor({ projection, partitions, stored }: PartitionsMismatch, options?: ErrorOptions) {
    super(`${JSON.stringify(projection)} has ${stored} partitions, not ${partitions}`, {
      ...options,
      name: 'PartitionsMismatchError',
      retryable: false,
      projection,
      partitions,
      stored,
    })
  }
}
