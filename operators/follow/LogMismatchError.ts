import { ProjectionError } from '../model/errors/ProjectionError.ts'
import type { EventMark } from '../model/mark.ts'

/** The fields of a {@link LogMismatchError}. */
export interface LogMismatch {
  /** The event that was handled last, according to the stored snapshot or position. */
  readonly expected: EventMark
  /** The event that the log holds at that position. */
  readonly actual: EventMark
}

/**
 * The log holds another event at the position where a projection or a projector continues: it is another log, or it was
 * restored or recreated. Not retryable: the folded state does not belong to this log.
 */
export class LogMismatchError extends ProjectionError implements LogMismatch {
  declare readonly name: 'LogMismatchError'
  declare readonly expected: EventMark
  declare readonly actual: EventMark

  constructor({ expected, actual }: LogMismatch) {
    super(
      `the log is not the one that was read before: position ${expected.position} was ${describe(expected)} and is now ${describe(actual)}. Connect the right log, or delete the stored snapshots or reset the position to start over`,
      { name: 'LogMismatchError', retryable: false, expected, actual },
    )
  }
}

function describe({ stream, revision, recordedAt }: EventMark): string {
  const place = revision === undefined ? '' : ` revision ${revision}`
  const time = recordedAt === undefined ? '' : `, recorded at ${recordedAt}`
  return `an event of stream ${JSON.stringify(stream)}${place}${time}`
}
