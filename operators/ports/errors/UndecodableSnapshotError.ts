import { ProjectionError } from '../../model/errors/ProjectionError.ts'

/** What an {@link UndecodableSnapshotError} says. */
export interface UndecodableSnapshot {
  /** Under which name it is stored. */
  readonly projection: string
  readonly version: number
  /** The snapshot's offset. */
  readonly offset: number
  /** Why it cannot be decoded. */
  readonly cause: unknown
}

/** A stored snapshot cannot be decoded. It is reported and passed over: an older one is used, or the fold starts anew. */
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
