import { type Job, type Scale, timed } from '../harness/job.ts'
import { makeEvents, noTotals } from '../workload.ts'
import { fold } from './byHand.ts'

/** The loop that is written for this one fold: a switch, so that the engine can make one piece of code of it all. */
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
          state = fold(state, event)
          offset = event.id
          events++
        }
        return { offset, state, events }
      }),
  }
}
