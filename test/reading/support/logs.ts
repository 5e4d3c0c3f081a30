import type { EventReader, LogEvent, LogPage, ReadOptions } from 'rx-projection'

export const event = (id: number, more: Partial<LogEvent> = {}) => ({
  id,
  stream: 'a',
  type: 'Noted',
  payload: id,
  ...more,
})

export const pageOf = (events: readonly object[], through: number, head: number) =>
  ({ events, through, head }) as unknown as LogPage

/** The positions of a page's events. */
export const idsOf = (page: LogPage): number[] => (page.events as readonly LogEvent[]).map(({ id }) => id)

/** The positions from one up to another. */
export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** A log that answers immediately, of events at 1, 2, 3, … */
export function quickLog(head: number) {
  const log = { head }
  const asked: ReadOptions[] = []
  const read = (options: ReadOptions): LogPage => {
    asked.push(options)
    const { after, limit } = options
    const through = Math.min(after + limit, log.head)
    return pageOf(
      upTo(through, after + 1).map((id) => event(id)),
      through,
      log.head,
    )
  }
  return { read, asked, log }
}

/** A log whose reads wait to be answered. */
export function slowLog() {
  const asked: (ReadOptions & { answer: (page: LogPage) => void; fail: (error: unknown) => void })[] = []
  const log: EventReader = {
    read: (options) => new Promise((answer, fail) => asked.push({ ...options, answer, fail })),
  }
  return { log, asked }
}
