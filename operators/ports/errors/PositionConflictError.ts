import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** What a {@link PositionConflictError} says. */
export interface PositionConflict {
  /** Whose position it is. */
  readonly projector: string
  /** The position that the save expected to replace. */
  readonly expected: number
  /** The position that is stored. */
  readonly actual: number
}

/** Somebody else moved a projector's position. Nothing was saved; who hydrates anew goes on from what is stored. */
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
