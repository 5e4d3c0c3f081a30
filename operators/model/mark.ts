import { checkGiven } from './checkFold.ts'
import type { LogEvent } from './event.ts'

/**
 * Identifies the last event that a snapshot or a position contains: its position, and those of its fields that would differ in
 * another log. A field that the log does not have is absent.
 */
export interface EventMark {
  /** The event's position. */
  readonly position: number
  readonly stream: string
  readonly revision?: number
  readonly recordedAt?: string
}

/**
 * The mark of an event.
 *
 * @throws {TypeError} the value is not an event.
 */
export function markOf(event: LogEvent): EventMark {
  checkGiven('event', event)
  const { id, stream, revision, recordedAt } = event
  return {
    position: id,
    stream,
    ...(revision !== undefined && { revision }),
    ...(recordedAt !== undefined && { recordedAt }),
  }
}

/**
 * Whether a mark identifies this event. Only the fields that both have are compared, so that a mark from an older version, or
 * from a table without revisions, still matches.
 */
export function isMarkOf(mark: EventMark, event: LogEvent): boolean {
  return (
    mark.position === event.id &&
    mark.stream === event.stream &&
    (mark.revision === undefined || event.revision === undefined || mark.revision === event.revision) &&
    (mark.recordedAt === undefined || event.recordedAt === undefined || mark.recordedAt === event.recordedAt)
  )
}
