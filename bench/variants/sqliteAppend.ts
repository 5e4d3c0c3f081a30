import { setImmediate as turn } from 'node:timers/promises'
import { startProjection } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import type { Job, Scale } from '../harness/job.ts'
import { median } from '../harness/statistics.ts'
import { ownFile } from '../seed.ts'
import { type BankEvent, bankTotals, streamOf } from '../workload.ts'

/** From the call of `append` to the new state on `state$`, for a live projection over a log that holds some events. */
export async function setUp({ events, appends, folder }: Scale): Promise<Job> {
  const { path, remove } = await ownFile(folder, events)
  const store = sqlite<BankEvent>(path)
  const projection = startProjection(bankTotals(), { store })
  await projection.whenCaughtUp()

  let expected = projection.current!.state.deposited
  let seen: ((at: number) => void) | undefined
  projection.state$.subscribe(({ deposited }) => {
    if (deposited === expected) seen?.(performance.now())
  })
  const appendOne = (stream: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const begun = performance.now()
      seen = (at) => resolve((at - begun) * 1_000)
      expected++
      store.events.append(stream, [{ type: 'Deposited', payload: { account: 1, amount: 1 } }]).catch(reject)
    })

  return {
    async run() {
      const latencies: number[] = []
      for (let index = 0; index < appends; index++) {
        latencies.push(await appendOne(streamOf(index)))
        await turn()
      }
      return { value: median(latencies), result: `${latencies.length} appends seen` }
    },
    async tearDown() {
      await projection.stop()
      await store[Symbol.asyncDispose]()
      remove()
    },
  }
}
