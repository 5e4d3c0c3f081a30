import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** The fields of a {@link PositionConflictError}. */
export interface PositionConflict {
  /** The name of the projector. */
  readonly projector: string
  /** The position that the save expected to replace. */
  readonly expected: number
  /** The position that is stored. */
  readonly actual: number
}

/**
 * Another process moved a projector's position. Nothing was saved. A run that hydrates again continues from the stored
 * position.
 */
export class PositionConflictError extends ProjectionError implements PositionConflict {
  declare readonly name: 'PositionConflictError'
  declare readonly projector: string
  declare readonly expected: number
  declare readonly actual: number

  constructor({ projector, expected, actual }: PositionConflict) {
    super(`projector ${JSON.stringify(projector)} stands at ${actual}, not at the expected ${expected}`, {
      name: 'PositionConflictError',
      projector,
      expected,
      actual,
    })
  }
}
