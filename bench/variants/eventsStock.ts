import { asyncScheduler, defer, filter, from, retry, type Subscription, scan, tap, timer } from 'rxjs'
import { type Job, type Scale, timed } from '../harness/job.ts'
import { makeEvents, noTotals, type StoredEvent, type Totals } from '../workload.ts'
import { handlers } from './byHand.ts'

interface Folded {
  offset: number
  state: Totals
  events: number
}

/** The same job from stock RxJS operators: filter, scan, tap, tap, retry. */
export function setUp({ events }: Scale): Job {
  const log = makeEvents(events)
  let saves = 0
  let last = 0
  let unsaved = 0
  let savedTo = 0
  let since: number | undefined
  let alarm: Subscription | undefined
  const save = (): void => {
    saves++
  }
  // Built once, as ours is: built anew for each run, the closures of stock operators cost half as much again.
  const pipeline = defer(() => {
    last = unsaved = savedTo = 0
    since = undefined
    return from(log)
  }).pipe(
    filter((event) => {
      const { id, previous = id - 1 } = event
      if (!Number.isSafeInteger(id) || id <= 0) throw new Error(`no position: ${id}`)
      if (!Number.isSafeInteger(previous) || previous < 0 || previous >= id) throw new Error(`no position: ${previous}`)
      if (id <= last) return false
      if (previous > last) throw new Error(`events after ${last} are missing before ${id}`)
      last = id
      return event.stream !== undefined && event.type !== undefined && event.payload !== undefined
    }),
    scan(
      (snapshot: Folded, event: StoredEvent) => {
        if (!(event.id > snapshot.offset)) throw new Error(`stale: ${event.id}`)
        const handler = handlers[event.type]
        if (handler === undefined) throw new Error(`no handler for ${event.type}`)
        return { offset: event.id, state: handler(snapshot.state, event), events: 1 }
      },
      { offset: 0, state: noTotals, events: 0 },
    ),
    tap({
      next: (snapshot) => {
        unsaved += snapshot.events
        if (unsaved < 100) return
        save()
        savedTo = snapshot.offset
        unsaved = 0
        since = undefined
      },
      complete: () => {
        if (unsaved > 0) save()
      },
    }),
    tap({
      next: (snapshot) => {
        if (since !== undefined || snapshot.offset === savedTo) return
        since = asyncScheduler.now()
        alarm ??= timer(30_000).subscribe(() => {
          alarm = undefined
          if (since !== undefined) save()
        })
      },
      complete: () => {
        alarm?.unsubscribe()
        alarm = undefined
      },
    }),
    retry({ delay: () => timer(1_000 + Math.floor(Math.random() * 501)) }),
  )
  return {
    run: () =>
      timed(() => {
        let newest: Folded | undefined
        saves = 0
        pipeline.subscribe((snapshot) => {
          newest = snapshot
        })
        return { offset: newest?.offset, state: newest?.state, saves }
      }),
  }
}
