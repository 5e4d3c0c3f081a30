import { initialSnapshot, replay } from 'rx-projection/operators'
import { type Job, type Scale, timed } from '../harness/job.ts'
import { bankTotals, makeEvents } from '../workload.ts'

/** The kernel, over all events at once. */
export function setUp({ events }: Scale): Job {
  const totals = bankTotals()
  const log = makeEvents(events)
  return { run: () => timed(() => replay(totals, initialSnapshot(totals), log)) }
}
