import { type OpenStore, startProjection } from 'rx-projection'
import type { Job } from './harness/job.ts'
import { type BankEvent, bankTotals } from './workload.ts'

/** A cold start over a log, with all defaults, up to where it is caught up; snapshots go to the same store. */
export function coldStart(store: Pick<OpenStore<BankEvent>, 'events' | 'snapshots'> & AsyncDisposable): Job {
  const totals = bankTotals()
  return {
    async run() {
      await store.snapshots.delete(totals.name, totals.version)
      const begun = performance.now()
      const projection = startProjection(totals, { store })
      await projection.whenCaughtUp()
      const value = performance.now() - begun
      const result = JSON.stringify(projection.current)
      await projection.stop()
      return { value, result }
    },
    tearDown: async () => await store[Symbol.asyncDispose](),
  }
}
