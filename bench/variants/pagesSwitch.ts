import { type Job, type Scale, timed } from '../harness/job.ts'
import { makeEvents, makePages, type StoredEvent } from '../workload.ts'
import { begin, end, fold, type Progress, passed } from './byHand.ts'

/** The same loop, written for this one fold: with a switch in the place of the table of handlers. */
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
    state = fold(state, event)
    events++
  }
  passed(progress, { offset, state, events })
}
