import type { Telemetry } from './telemetry.ts'

/** Measures all durations and counts of a run, and reports them in telemetry. Without subscribers, it builds no events. */
export class Observation {
  readonly #telemetry: Telemetry
  readonly #now: () => number
  #loadBegan = 0
  #stepBegan = 0
  #saveBegan = 0
  #catchUpBegan = 0
  /** The number of events handled since the catch-up began. */
  #caughtUp = 0

  constructor(telemetry: Telemetry, now: () => number) {
    this.#telemetry = telemetry
    this.#now = now
  }

  /** A load of a snapshot or a position begins. */
  loading(): void {
    this.#loadBegan = this.#now()
  }

  loaded(offset: number): void {
    if (!this.#telemetry.on) return
    this.#telemetry.emit({ type: 'init', offset, duration: this.#now() - this.#loadBegan })
  }

  catchUpStarts(after: number): void {
    this.#catchUpBegan = this.#now()
    this.#caughtUp = 0
    if (this.#telemetry.on) this.#telemetry.emit({ type: 'catchUp.start', after })
  }

  catchUpStops(position: number): void {
    if (!this.#telemetry.on) return
    const duration = this.#now() - this.#catchUpBegan
    this.#telemetry.emit({ type: 'catchUp.stop', position, events: this.#caughtUp, duration })
    this.#telemetry.emit({ type: 'caughtUp', position })
  }

  /** A page, or a single event, arrives. */
  stepping(): void {
    if (this.#telemetry.on) this.#stepBegan = this.#now()
  }

  /** Reports that `events` events have been handled, up to an offset. The timing of the rest of the page starts here. */
  stepped(offset: number, events: number, live: boolean): void {
    this.#caughtUp += events
    if (!this.#telemetry.on) return
    const now = this.#now()
    this.#telemetry.emit({ type: live ? 'evolve' : 'replay', offset, events, duration: now - this.#stepBegan })
    this.#stepBegan = now
  }

  /** A save of a snapshot begins. */
  saving(): void {
    this.#saveBegan = this.#now()
  }

  saved(offset: number): void {
    if (!this.#telemetry.on) return
    this.#telemetry.emit({ type: 'snapshot', offset, duration: this.#now() - this.#saveBegan })
  }
}
