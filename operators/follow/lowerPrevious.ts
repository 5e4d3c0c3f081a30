import type { EventType, LogEvent, Recorded } from '../model/event.ts'

/**
 * Links the first event of a page to the last delivered event. A store that does not know that event sets `previous` to the
 * requested position, or to a lower one.
 *
 * An event without `previous` states that the event at `id - 1` was delivered. An event with a `previous` above the requested
 * position states that another event belongs in this page. Neither is changed: if the statement is false, an event was lost.
 *
 * @param asked the position after which the page was requested.
 * @param given the position of the last delivered event, at or below `asked`.
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
