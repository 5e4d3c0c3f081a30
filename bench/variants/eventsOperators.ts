import {
  ensureSequential,
  type ProjectedSnapshot,
  retryWithJitter,
  scanProjection,
  snapshotAfter,
  snapshotEvery,
  snapshotWriter,
} from 'rx-projection/operators'
import { defer, from } from 'rxjs'
import { type Job, type Scale, timed } from '../harness/job.ts'
import { bankTotals, makeEvents, type Totals } from '../workload.ts'

/** The five operators, one event at a time. */
export function setUp({ events }: Scale): Job {
  const totals = bankTotals()
  const log = makeEvents(events)
  let saves = 0
  // A writer outlives a subscription, and knows what is saved already: each run gets its own.
  const pipeline = defer(() => {
    const writer = snapshotWriter<Totals>(() => {
      saves++
    })
    return from(log).pipe(
      ensureSequential(),
      scanProjection(totals),
      snapshotEvery(100, writer),
      snapshotAfter(30_000, writer),
      retryWithJitter({ delay: 1_000, entropy: 500 }),
    )
  })
  return {
    run: () =>
      timed(() => {
        let newest: ProjectedSnapshot<Totals> | undefined
        saves = 0
        pipeline.subscribe((snapshot) => {
          newest = snapshot
        })
        return { offset: newest?.offset, state: newest?.state, saves }
      }),
  }
}
