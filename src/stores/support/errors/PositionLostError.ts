import { ProjectionError } from '../../../../operators/model/errors/ProjectionError.ts'

/** What a {@link PositionLostError} says. */
export interface PositionLost {
  /** Whose position it is. */
  readonly projector: string
  /** The last position that is known to have been stored. */
  readonly last: number
}

/**
 * A projector's stored position has vanished (its bucket or table was deleted, or restored from an older state). Not
 * retryable: to start over would repeat every side effect.
 */
export class PositionLostError extends ProjectionError implements PositionLost {
  declare readonly name: 'PositionLostError'
  declare readonly projector: string
  declare readonly last: number

  constructor({ projector, last }: PositionLost) {
    super(
      `the stored position of ${JSON.stringify(projector)} has vanished; it was ${last}. Save that position to go on, or save 0 to start over`,
      { name: 'PositionLostError', retryable: false, projector, last },
    )
  }
}
