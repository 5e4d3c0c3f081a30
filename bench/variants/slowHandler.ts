import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { startProjection } from 'rx-projection'
import { defineProjection } from 'rx-projection/operators'
import { sqlite } from 'rx-projection/sqlite'
import type { Job, Scale } from '../harness/job.ts'
import { ownFile } from '../seed.ts'
import type { BankEvent } from '../workload.ts'

const PAUSE_EVERY = 500
const LOOK_EVERY = 256

/** How much the process grows, at its greatest, while an asynchronous handler goes through a log that is read faster. */
export async function setUp({ events, folder }: Scale): Promise<Job> {
  const { path, remove } = await ownFile(folder, events)
  const store = sqlite<BankEvent>(path)
  let greatest = 0
  const counter = defineProjection<number, BankEvent>({
    name: 'counter',
    initialState: () => 0,
    async evolve(count) {
      // A turn of the event loop for each event, and now and then a wait, as for another service.
      if (count % PAUSE_EVERY === 0) await pause(1)
      else await turn()
      if (count % LOOK_EVERY === 0) greatest = Math.max(greatest, process.memoryUsage.rss())
      return count + 1
    },
  })
  return {
    async run() {
      await store.snapshots.delete(counter.name, counter.version)
      ;(globalThis as { gc?: () => void }).gc?.()
      const start = process.memoryUsage.rss()
      greatest = start
      const projection = startProjection(counter, { store })
      await projection.whenCaughtUp()
      const result = JSON.stringify(projection.current)
      await projection.stop()
      return { value: (greatest - start) / 2 ** 20, result }
    },
    async tearDown() {
      await store[Symbol.asyncDispose]()
      remove()
    },
  }
}
