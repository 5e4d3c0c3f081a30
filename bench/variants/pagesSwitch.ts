import { type Job, type Scale, timed } from '../harness/job.ts'
import { makeEvents, makePages, noTotals, type StoredEvent } from '../workload.ts'
import { fold } from './byHand.ts'

/** What somebody writes who needs no operators: one loop over pages, with the same checks, snapshots and saves. */
export function setUp({ events }: Scale): Job {
  const pages = makePages(makeEvents(events), 512)
  return {
    run: () =>
      timed(() => {
        const projection = new HandWritten()
        for (let index = 0; index < pages.length; index++) projection.take(pages[index]!)
        projection.end()
        const { offset, state } = projection.newest
        return { offset, state, saves: projection.saves }
      }),
  }
}

class HandWritten {
  newest = { offset: 0, state: noTotals, events: 0 }
  saves = 0
  private unsaved = 0

  take(page: readonly StoredEvent[]): void {
    let { offset, state } = this.newest
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
    this.newest = { offset, state, events }
    this.unsaved += events
    if (this.unsaved >= 100) {
      this.saves++
      this.unsaved = 0
    }
  }

  end(): void {
    if (this.unsaved > 0) this.saves++
  }
}
