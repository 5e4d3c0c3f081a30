import { type Job, type Scale, timed } from '../harness/job.ts'
import { makeEvents, noTotals } from '../workload.ts'
import { handlers } from './byHand.ts'

/** A loop over the same table of handlers, with the kernel's checks: stale events, and types without a handler. */
export function setUp({ events: count }: Scale): Job {
  const log = makeEvents(count)
  return {
    run: () =>
      timed(() => {
        let state = noTotals
        let offset = 0
        let events = 0
        for (let index = 0; index < log.length; index++) {
          const event = log[index]!
          if (!(event.id > offset)) throw new Error(`stale: ${event.id}`)
          const handler = handlers[event.type]
          if (handler === undefined) throw new Error(`no handler for ${event.type}`)
          state = handler(state, event)
          offset = event.id
          events++
        }
        return { offset, state, events }
      }),
  }
}
