import { ProjectionError } from './ProjectionError.ts'

/** What a {@link RevisionConflictError} says. */
export interface RevisionConflict {
  readonly stream: string
  /** The revision that the append expected. */
  readonly expected: number
  /** The revision that the stream has. */
  readonly actual: number
}

/** A stream is not at the revision that an append expected. Nothing was stored and no position was used. */
export class RevisionConflictError extends ProjectionError implements RevisionConflict {
  override readonly name = 'RevisionConflictError'
  readonly stream: string
  readonly expected: number
  readonly actual: number

  constructor({ stream, expected, actual }: RevisionConflict) {
    super(`stream ${JSON.stringify(stream)} is at revision ${actual}, not at the expected ${expected}`)
    this.stream = stream
    this.expected = expected
    this.actual = actual
  }
}
