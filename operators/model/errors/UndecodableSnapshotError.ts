import { ProjectionError } from './ProjectionError.ts'

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
  override readonly name = 'UndecodableSnapshotError'
  readonly projection: string
  readonly version: number
  readonly offset: number
  declare readonly cause: unknown

  constructor({ projection, version, offset, cause }: UndecodableSnapshot) {
    super(`the snapshot of ${JSON.stringify(projection)} version ${version} at ${offset} cannot be decoded`, { cause })
    this.projection = projection
    this.version = version
    this.offset = offset
  }
}
