import type { EventType, NewEvent, Recorded } from '../../../operators/model/index.ts'
import type { LogPage, OpenStore } from '../../../operators/ports/index.ts'
import { holds } from './expect.ts'

/** New events of one type, with a number as their payload. */
export function numbered(...numbers: readonly number[]): readonly NewEvent[] {
  return numbers.map((number) => ({ type: 'Numbered', payload: { number } }))
}

/** How to read a log to its end. */
export interface ReadAll {
  readonly after?: number
  readonly limit?: number
  readonly streams?: readonly string[]
}

/** Reads a log to its end, page by page, and checks that each page is valid. */
export async function readAll(
  { events: log }: Pick<OpenStore, 'events'>,
  { after = 0, limit = 100, streams }: ReadAll = {},
): Promise<readonly Recorded<EventType>[]> {
  const all: Recorded<EventType>[] = []
  let through = after
  for (;;) {
    const page: LogPage = await log.read({ after: through, limit, ...(streams && { streams }) })
    checkPage(page, through, limit)
    all.push(...page.events)
    if (page.through === page.head) return all
    holds(page.through > through, `a page after ${through} of a log that ends at ${page.head} must lead on`)
    through = page.through
  }
}

/** The number of each event. */
export function numbersOf(events: readonly Recorded<EventType>[]): readonly number[] {
  return events.map(({ payload }) => (payload as { number: number }).number)
}

export function idsOf(events: readonly Recorded<EventType>[]): readonly number[] {
  return events.map(({ id }) => id)
}

function checkPage({ events, through, head }: LogPage, after: number, limit: number): void {
  holds(events.length <= limit, `a page of at most ${limit} events holds ${events.length}`)
  let last = after
  for (const { id } of events) {
    holds(id > last, `a page after ${after} holds event ${id} behind ${last}`)
    last = id
  }
  holds(through >= last, `a page's through, ${through}, lies before its last event, ${last}`)
  holds(through <= head, `a page's through, ${through}, lies behind its head, ${head}`)
}
