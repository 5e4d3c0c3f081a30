import { setTimeout as pause } from 'node:timers/promises'
import type { Sample } from './harness/job.ts'
import { median } from './harness/statistics.ts'
import { type BankEvent, streamOf } from './workload.ts'

/** How long nothing happens between two appends, in ms: what follows a visible event has ended when the next one comes. */
const REST = 5

/** Measures from the call of an append to where its event is seen, for a live reader; the same way for everybody. */
export class AppendLatency {
  private readonly append: (stream: string, event: BankEvent) => Promise<unknown>
  private expected: number
  private seen: ((at: number) => void) | undefined

  /** @param deposited what the reader has added up so far. */
  constructor(deposited: number, append: (stream: string, event: BankEvent) => Promise<unknown>) {
    this.expected = deposited
    this.append = append
  }

  /** To be called with each new state. */
  observe(deposited: number): void {
    if (deposited === this.expected) this.seen?.(performance.now())
  }

  /** The median of some appends, in µs. */
  async sample(appends: number): Promise<Sample> {
    const latencies: number[] = []
    for (let index = 0; index < appends; index++) {
      latencies.push(await this.one(streamOf(index)))
      await pause(REST)
    }
    return { value: median(latencies), result: `${latencies.length} appends seen` }
  }

  private async one(stream: string): Promise<number> {
    const visible = new Promise<number>((resolve) => {
      this.seen = resolve
    })
    this.expected++
    const begun = performance.now()
    await this.append(stream, { type: 'Deposited', payload: { account: 1, amount: 1 } })
    return ((await visible) - begun) * 1_000
  }
}
