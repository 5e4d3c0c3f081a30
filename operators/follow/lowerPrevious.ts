import type { EventType, LogEvent, Recorded } from '../model/event.ts'

/**
 * Links the first event of a page to the last one given out. A store that does not know which one that was sets `previous` to the
 * position that the page was asked after, or to one below.
 *
 * An event without `previous` says that the one at `id - 1` was given out, and one with a `previous` behind the position asked
 * after says that another one should stand in this page. Neither is changed: where it is not true, an event was lost.
 *
 * @param asked the position that the page was asked after.
 * @param given the last event that was given out, at or below `asked`.
 */
export function lowerPrevious<E extends EventType>(
  events: readonly Recorded<E>[],
  asked: number,
  given: number,
): readonly Recorded<E>[] {
  const first = events[0] as LogEvent | undefined
  const previous = first?.previous
  if (previous === undefined || !(previous > given && previous <= asked)) return events
  const copy = events.slice()
  copy[0] = { ...(first as LogEvent), previous: given } as Recorded<E>
  return copy
}
