import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** The fields of a {@link RevisionConflictError}. */
export interface RevisionConflict {
  readonly stream: string
  /** The revision that the append expected. */
  readonly expected: number
  /** The current revision of the stream. */
  readonly actual: number
}

/** A stream is not at the revision that an append expected. Nothing was stored and no position was used. */
export class RevisionConflictError extends ProjectionError implements RevisionConflict {
  declare readonly name: 'RevisionConflictError'
  declare readonly stream: string
  declare readonly expected: number
  declare readonly actual: number

  constructor({ stream, expected, actual }: RevisionConflict) {
    super(`stream ${JSON.stringify(stream)} is at revision ${actual}, not at the expected ${expected}`, {
      name: 'RevisionConflictError',
      stream,
      expected,
      actual,
    })
  }
}
