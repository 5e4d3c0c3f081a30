import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** The fields of an {@link UndecodableSnapshotError}. */
export interface UndecodableSnapshot {
  /** The name of the snapshot. */
  readonly projection: string
  readonly version: number
  /** The snapshot's offset. */
  readonly offset: number
  /** Why the snapshot cannot be decoded. */
  readonly cause: unknown
}

/**
 * A stored snapshot cannot be decoded. The store reports it and skips it: an older snapshot is used, or the fold starts again
 * from the beginning.
 */
export class UndecodableSnapshotError extends ProjectionError implements UndecodableSnapshot {
  declare readonly name: 'UndecodableSnapshotError'
  declare readonly projection: string
  declare readonly version: number
  declare readonly offset: number
  declare readonly cause: unknown

  constructor({ projection, version, offset, cause }: UndecodableSnapshot) {
    super(`the snapshot of ${JSON.stringify(projection)} version ${version} at ${offset} cannot be decoded`, {
      name: 'UndecodableSnapshotError',
      projection,
      version,
      offset,
      cause,
    })
  }
}
