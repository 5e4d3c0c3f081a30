import { checkGiven } from './checkFold.ts'
import type { LogEvent } from './event.ts'

/**
 * What identifies the last event that a snapshot or a position contains: its place, and those of its fields that differ in
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
 * @throws {TypeError} the event is none.
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
 * Tells whether a mark is of this event. Only the fields that both have are compared, so that a mark stored by an older
 * version, or of a table without revisions, still fits.
 */
export function isMarkOf(mark: EventMark, event: LogEvent): boolean {
  return (
    mark.position === event.id &&
    mark.stream === event.stream &&
    (mark.revision === undefined || event.revision === undefined || mark.revision === event.revision) &&
    (mark.recordedAt === undefined || event.recordedAt === undefined || mark.recordedAt === event.recordedAt)
  )
}
