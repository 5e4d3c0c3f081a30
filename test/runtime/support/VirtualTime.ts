import { TestScheduler } from 'rxjs/testing'
import { expect } from 'vitest'

/**
 * RxJS's TestScheduler, gone through by hand: a test runs up to a time, looks around, and goes on. A running projection
 * never runs out of timers, since it polls; so there is no "run to the end".
 */
export class VirtualTime extends TestScheduler {
  constructor() {
    super((actual, expected) => expect(actual).toStrictEqual(expected))
  }

  /** How many timers wait. */
  get timers(): number {
    return this.actions.length
  }

  /** Runs everything up to a time, in ms, at a stretch: what waits for a promise does not go on meanwhile. */
  runTo(ms: number): void {
    this.maxFrames = ms
    this.flush()
    this.frame = ms
  }

  /** Runs everything that is due now. */
  runNow(): void {
    this.runTo(this.frame)
  }

  /** Runs everything up to a time, in ms, and lets promises go on before each timer and at the end. */
  async passTo(ms: number): Promise<void> {
    await promises()
    for (;;) {
      const next = this.actions[0]?.delay
      if (next === undefined || next > ms) break
      this.runTo(next)
      await promises()
    }
    this.runTo(ms)
  }

  /** Does something at a time, in ms from the beginning. */
  at(ms: number, action: () => void): void {
    this.schedule(action, ms - this.frame)
  }
}

/** Lets everything go on that waits for promises which are settled. */
export function promises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
