import { Latest } from '../observe/Latest.ts'
import type { Telemetry } from '../observe/telemetry.ts'
import type { Status } from './status.ts'

/** Where a run stands, and what telemetry is told of its steps and catch-ups. */
export class Phase {
  readonly status: Latest<Status> = new Latest()
  private readonly telemetry: Telemetry
  private readonly now: () => number
  private catchUp = { began: 0, events: 0 }

  constructor(telemetry: Telemetry, now: () => number) {
    this.telemetry = telemetry
    this.now = now
  }

  get live(): boolean {
    return this.status.value === 'live'
  }

  startCatchUp(after: number): void {
    this.catchUp = { began: this.now(), events: 0 }
    this.status.next('catching-up')
    if (this.telemetry.on) this.telemetry.emit({ type: 'catchUp.start', after })
  }

  becomeLive(position: number): void {
    this.status.next('live')
    if (!this.telemetry.on) return
    const { began, events } = this.catchUp
    this.telemetry.emit({ type: 'catchUp.stop', position, events, duration: this.now() - began })
    this.telemetry.emit({ type: 'caughtUp', position })
  }

  /** Counts what a step took in. */
  stepped(offset: number, events: number, duration: number): void {
    this.catchUp.events += events
    if (this.telemetry.on) {
      this.telemetry.emit({ type: this.live ? 'evolve' : 'replay', offset, events, duration })
    }
  }
}
