import { ProjectionError } from '../model/errors/ProjectionError.ts'

/**
 * The log ends before the position to continue after: it was truncated, restored from an older backup, or is another log. Not
 * retryable: reading cannot recover events that a snapshot contains and the log has lost.
 */
export class SnapshotAheadError extends ProjectionError {
  declare readonly name: 'SnapshotAheadError'
  /** The position to continue after. */
  declare readonly offset: number
  /** The last position that the log holds. */
  declare readonly head: number

  constructor(offset: number, head: number) {
    super(
      `the position ${offset} is ahead of the log, which ends at ${head}: reset the projection, or restore the log`,
      { name: 'SnapshotAheadError', retryable: false, offset, head },
    )
  }
}
