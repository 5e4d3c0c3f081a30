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
import { bankTotals, makeEvents, makePages, type Totals } from '../workload.ts'

/** The five operators over pages of 512. */
export function setUp({ events }: Scale): Job {
  const totals = bankTotals()
  const pages = makePages(makeEvents(events), 512)
  let saves = 0
  // A writer outlives a subscription, and knows what is saved already: each run gets its own.
  const pipeline = defer(() => {
    const writer = snapshotWriter<Totals>(() => {
      saves++
    })
    return from(pages).pipe(
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
