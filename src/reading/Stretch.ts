import type { LogEvent, LogHole } from '../../operators/model/index.ts'
import type { LogPage, ReadOptions } from '../../operators/ports/index.ts'

/** A page of a log, and what was learned while it was read. */
export interface Stretch {
  /** The selection of streams that it is a page of, told by its identity. */
  readonly selection: object
  /** The position that it was read after. */
  readonly after: number
  readonly page: LogPage
  /** What the log told of missing positions, before it gave out the page. */
  readonly holes: readonly LogHole[]
}

/** The events of a page of which only their position matters. */
export const eventsOf = ({ events }: LogPage): readonly LogEvent[] => events as readonly LogEvent[]

/** The log goes on behind this page. */
export const inHistory = ({ through, head }: LogPage): boolean => through < head

/** Gives a reader its part of a stretch, after it was told of the holes in that part. */
export function handOut({ page, holes }: Stretch, options: ReadOptions): LogPage {
  const part = partOf(page, options)
  tellHoles(holes, options, part.through)
  return part
}

/** Tells a reader of the holes between the position that it asked after and another one. */
export function tellHoles(holes: readonly LogHole[], { after, onHole }: ReadOptions, through: number): void {
  if (onHole === undefined) return
  for (const hole of holes) {
    if (hole.to <= after || hole.from > through) continue
    onHole(hole.from > after ? hole : { ...hole, from: after + 1 })
  }
}

/** The page as it is, where all of it is wanted. */
function partOf(page: LogPage, { after, limit }: ReadOptions): LogPage {
  const events = eventsOf(page)
  const { length } = events
  if (length === 0 || (length <= limit && events[0]!.id > after)) return page
  const start = events.findIndex(({ id }) => id > after)
  if (start === -1) return { ...page, events: [] }
  const end = Math.min(start + limit, length)
  const through = end < length ? events[end - 1]!.id : page.through
  return { ...page, events: page.events.slice(start, end), through }
}
