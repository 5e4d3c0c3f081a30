import { type Job, type Scale, timed } from '../harness/job.ts'
import { makeEvents, makePages, type StoredEvent } from '../workload.ts'
import { begin, end, handlers, type Progress, passed } from './byHand.ts'

/** What somebody writes who needs no operators: one loop over pages, with the same checks, snapshots and saves. */
export function setUp({ events }: Scale): Job {
  const pages = makePages(makeEvents(events), 512)
  return {
    run: () =>
      timed(() => {
        const progress = begin()
        for (let index = 0; index < pages.length; index++) take(progress, pages[index]!)
        return end(progress)
      }),
  }
}

function take(progress: Progress, page: readonly StoredEvent[]): void {
  let { offset, state } = progress.newest
  let events = 0
  for (let index = 0; index < page.length; index++) {
    const event = page[index]!
    const { id, previous = id - 1 } = event
    if (!Number.isSafeInteger(id) || id <= 0) throw new Error(`no position: ${id}`)
    if (!Number.isSafeInteger(previous) || previous < 0 || previous >= id) throw new Error(`no position: ${previous}`)
    if (id <= offset) continue
    if (previous > offset) throw new Error(`events after ${offset} are missing before ${id}`)
    offset = id
    if (event.stream === undefined || event.type === undefined || event.payload === undefined) continue
    const handler = handlers[event.type]
    if (handler === undefined) throw new Error(`no handler for ${event.type}`)
    state = handler(state, event)
    events++
  }
  passed(progress, { offset, state, events })
}
