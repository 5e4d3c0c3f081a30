import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { clockOf } from '../../../operators/kernel/clock.ts'
import { snapshotKey } from '../../../operators/lastSnapshot.ts'
import type { LeaseClaim, LeaseStore } from '../../../operators/ports/index.ts'
import { FailurePolicy } from '../failures/FailurePolicy.ts'
import { Reports } from '../failures/Reports.ts'
import { HandlerWatch } from '../observe/HandlerWatch.ts'
import { Latest } from '../observe/Latest.ts'
import { Observation } from '../observe/Observation.ts'
import { Telemetry } from '../observe/telemetry.ts'
import { Exclusive } from './Exclusive.ts'
import type { RunId } from './keys.ts'
import { Lifecycle } from './Lifecycle.ts'
import { Patience } from './Patience.ts'
import type { RunOptions } from './runOptions.ts'
import { Waits } from './Waits.ts'

/** What tells a run from others, and what of a store it uses itself. */
export interface RunParts {
  readonly id: RunId
  readonly leases: LeaseStore | undefined
  /** How many failures of a handler at one position fault the run, where its options do not say. */
  readonly handlerFailures: number
}

/**
 * What a run and its work share: clock, telemetry, failures, leases, waits and the lifecycle. It knows neither of them, so
 * that whoever starts a run makes this first, then the work on it, then the run of both.
 */
export class RunContext {
  readonly id: RunId
  /** The name in errors and telemetry: that of the definition, and of the instance. */
  readonly name: string
  readonly options: RunOptions
  readonly scheduler: SchedulerLike
  readonly now: () => number
  readonly lifecycle: Lifecycle = new Lifecycle()
  readonly position: Latest<number> = new Latest((error) => this.faultUnseen(error))
  readonly telemetry: Telemetry
  readonly observation: Observation
  readonly waits: Waits
  readonly patience: Patience
  readonly handlers: HandlerWatch
  readonly failures: FailurePolicy
  readonly exclusive: Exclusive
  readonly #reports: Reports

  constructor({ id, leases, handlerFailures }: RunParts, options: RunOptions) {
    this.id = id
    this.options = options
    const name = snapshotKey(id.name, id.instance)
    this.name = name
    this.scheduler = options.scheduler ?? asyncScheduler
    this.now = clockOf(this.scheduler)
    this.telemetry = new Telemetry(name)
    this.observation = new Observation(this.telemetry, this.now)
    this.waits = new Waits(this.scheduler, () => ({ status: this.lifecycle.status.value, ...this.failures.reason }))
    this.patience = new Patience(options, this.scheduler)
    this.handlers = new HandlerWatch(options.handlerTimeout, this.scheduler, this.telemetry)
    this.#reports = new Reports(name, () => options.onError !== undefined || this.telemetry.on)
    this.failures = new FailurePolicy(options, options.handlerFailures ?? handlerFailures, this.#reports)
    this.exclusive = new Exclusive(leases, options.exclusive)
  }

  /** Aborted when the run is told to stop. */
  get stopping(): AbortSignal {
    return this.lifecycle.stopping
  }

  /** The lease that saves are made under, where the run is exclusive. */
  get claim(): LeaseClaim | undefined {
    return this.exclusive.claim
  }

  hasPassed(position: number): boolean {
    return (this.position.value ?? -1) >= position
  }

  /** Reports a failure that ends no run. */
  report(error: unknown): void {
    this.failures.notify(error, 0)
    this.failures.report(error, this.position.value ?? 0)
  }

  /** Deals with a save that failed: a lost lease ends the run, anything else is only reported. */
  saveFailed(error: unknown): void {
    if (!this.exclusive.endedBy(error)) this.report(error)
  }

  /** Reports a fault that nobody takes. */
  faultUnseen(error: unknown): void {
    this.#reports.faulted(error, this.position.value ?? 0)
  }
}
