import { startProjection } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import type { Job, Scale } from '../harness/job.ts'
import { ownFile } from '../seed.ts'
import { type BankEvent, bankTotals } from '../workload.ts'

/** A cold start over a SQLite log, with all defaults, up to where it is caught up; snapshots go to the same file. */
export async function setUp({ events, folder }: Scale): Promise<Job> {
  const totals = bankTotals()
  const { path, remove } = await ownFile(folder, events)
  const store = sqlite<BankEvent>(path)
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
    async tearDown() {
      await store[Symbol.asyncDispose]()
      remove()
    },
  }
}
