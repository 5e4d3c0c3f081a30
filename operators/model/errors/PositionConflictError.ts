import { ProjectionError } from './ProjectionError.ts'

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
  override readonly name = 'PositionConflictError'
  readonly projector: string
  readonly expected: number
  readonly actual: number

  constructor({ projector, expected, actual }: PositionConflict) {
    super(`projector ${JSON.stringify(projector)} stands at ${actual}, not at the expected ${expected}`)
    this.projector = projector
    this.expected = expected
    this.actual = actual
  }
}
