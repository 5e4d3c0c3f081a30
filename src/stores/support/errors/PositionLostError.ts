import { ProjectionError } from '../../../../operators/model/errors/ProjectionError.ts'

/** The details of a {@link PositionLostError}. */
export interface PositionLost {
  /** The projector that the position belongs to. */
  readonly projector: string
  /** The last known stored position. */
  readonly last: number
}

/**
 * A projector's stored position has vanished: its bucket or table was deleted, or restored from an older state. Not retryable,
 * because starting over would repeat every side effect.
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
