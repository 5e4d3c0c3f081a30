import { ProjectionError } from './ProjectionError.ts'

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
  override readonly name = 'PartitionsMismatchError'
  readonly projection: string
  readonly partitions: number
  readonly stored: number

  constructor({ projection, partitions, stored }: PartitionsMismatch, options?: ErrorOptions) {
    super(`${JSON.stringify(projection)} has ${stored} partitions, not ${partitions}`, options)
    this.projection = projection
    this.partitions = partitions
    this.stored = stored
  }

  override get retryable(): boolean {
    return false
  }
}
