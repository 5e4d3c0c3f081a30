import { startProjection } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import type { Job, Scale } from '../harness/job.ts'
import { seededStream } from '../natsSeed.ts'
import { type BankEvent, bankTotals } from '../workload.ts'

/** A cold start over a JetStream log, with all defaults, up to where it is caught up. */
export async function setUp({ events, url }: Scale): Promise<Job> {
  const totals = bankTotals()
  const store = nats<BankEvent>({ servers: url!, stream: await seededStream(url!, events) })
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
