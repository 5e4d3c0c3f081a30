import type { LogEvent } from '../model/event.ts'
import { isOffset, isPosition } from '../model/position.ts'
import type { LogPage } from '../ports/events.ts'
import { InvalidPageError } from './InvalidPageError.ts'
import { SnapshotAheadError } from './SnapshotAheadError.ts'

/**
 * Checks that an answer is a valid page.
 *
 * @param after the position after which the page was requested.
 * @throws {InvalidPageError} the answer is not a page.
 * @throws {SnapshotAheadError} the log ends before that position.
 */
export function checkPage(page: LogPage, after: number): void {
  const { events, through, head } = (page ?? {}) as Partial<LogPage>
  if (!isOffset(head)) throw new InvalidPageError('head', head, 'a position, or 0')
  if (head < after) throw new SnapshotAheadError(after, head)
  if (!Array.isArray(events)) throw new InvalidPageError('events', events, 'an array')
  if (events.length > 0 && !(isPosition(events[0]?.id) && isPosition(events.at(-1)?.id))) {
    throw new InvalidPageError('events', events, 'an array of events with positions')
  }
  const last = (events as readonly LogEvent[]).at(-1)?.id ?? after
  if (!isOffset(through) || through < last || through < after || through > head) {
    throw new InvalidPageError('through', through, `from ${Math.max(after, last)} to the head, ${head}`)
  }
}
