import { startProjection } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import type { Job, Scale } from '../harness/job.ts'
import { AppendLatency } from '../latency.ts'
import { ownFile } from '../seed.ts'
import { type BankEvent, bankTotals } from '../workload.ts'

/** From the call of `append` to the new state on `state$`, for a live projection over a log that holds some events. */
export async function setUp({ events, appends, folder, synchronous = 'full' }: Scale): Promise<Job> {
  const { path, remove } = await ownFile(folder, events)
  const store = sqlite<BankEvent>(path, { synchronous })
  const projection = startProjection(bankTotals(), { store })
  await projection.whenCaughtUp()
  const latency = new AppendLatency(projection.current!.state.deposited, (stream, event) =>
    store.events.append(stream, [event]),
  )
  projection.state$.subscribe(({ deposited }) => latency.observe(deposited))
  return {
    run: () => latency.sample(appends),
    async tearDown() {
      await projection.stop()
      await store[Symbol.asyncDispose]()
      remove()
    },
  }
}
