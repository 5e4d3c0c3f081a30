import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { clockOf } from '../../../operators/kernel/clock.ts'
import { snapshotKey } from '../../../operators/lastSnapshot.ts'
import type { LeaseClaim, LeaseStore } from '../../../operators/ports/index.ts'
import type { RetryOptions } from '../../../operators/retryWithJitter.ts'
import { FailurePolicy } from '../failures/FailurePolicy.ts'
import { Reports } from '../failures/Reports.ts'
import { HandlerWatch } from '../observe/HandlerWatch.ts'
import { Latest } from '../observe/Latest.ts'
import { Observation } from '../observe/Observation.ts'
import { Telemetry } from '../observe/telemetry.ts'
import { Exclusive, type ExclusiveRun } from './Exclusive.ts'
import type { RunId } from './keys.ts'
import { Lifecycle } from './Lifecycle.ts'
import { Patience } from './Patience.ts'
import { type RunOptions, retryOf } from './runOptions.ts'
import { Waits } from './Waits.ts'

/** The identity of a run, and the leases of its store. */
export interface RunParts {
  readonly id: RunId
  readonly leases: LeaseStore | undefined
  /** How many failures of a handler at one position fault the run, if its options do not say. */
  readonly handlerFailures: number
}

/**
 * Everything that a run and its work share: clock, telemetry, failures, leases, waits and the lifecycle. It knows neither of
 * them: create the context first, then the work, then the run of both.
 */
export class RunContext {
  readonly id: RunId
  /** The name in errors and telemetry: the name of the definition, with `@instance` if one was given. */
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

  /** Aborted when the run starts to stop. */
  get stopping(): AbortSignal {
    return this.lifecycle.stopping
  }

  /** The lease claim for saves; `undefined` if the run is not exclusive. */
  get claim(): LeaseClaim | undefined {
    return this.exclusive.claim
  }

  hasPassed(position: number): boolean {
    return (this.position.value ?? -1) >= position
  }

  /** Reports a failure that does not end the run. */
  report(error: unknown): void {
    this.failures.notify(error, 0)
    this.failures.report(error, this.position.value ?? 0)
  }

  /** Handles a failed save: a lost lease ends the run, any other error is only reported. */
  saveFailed(error: unknown): void {
    if (!this.exclusive.endedBy(error)) this.report(error)
  }

  /** Reports a fault that nobody receives. */
  faultUnseen(error: unknown): void {
    this.#reports.faulted(error, this.position.value ?? 0)
  }

  /**
   * How the run reacts to its lease.
   *
   * @param flush makes durable what is not yet, then calls back.
   */
  turnsOfLease(flush: (done: () => void) => void): ExclusiveRun {
    const { id, telemetry, lifecycle } = this
    return {
      id,
      onAcquired: ({ name, epoch }) => telemetry.on && telemetry.emit({ type: 'lease.acquired', lease: name, epoch }),
      onStandby: (name) => {
        lifecycle.dispatch('standBy')
        if (telemetry.on) telemetry.emit({ type: 'lease.standby', lease: name })
      },
      onError: (error) => this.report(error),
      stopping: () => this.stopping.aborted,
      flush,
    }
  }

  /** How the run is retried: as its options say, unless the failure policy stops it, or it is stopping. */
  retryOptions(): RetryOptions {
    const { options, lifecycle, failures, telemetry, position } = this
    const policy = retryOf(options.retry)
    return {
      ...policy,
      retryIf: (error, attempt) => {
        telemetry.gap(error)
        return failures.retryable(error, attempt) && !lifecycle.stopping.aborted
      },
      onRetry: (error, retry) => {
        lifecycle.dispatch('retry')
        policy.onRetry?.(error, retry)
        failures.retried(position.value ?? 0)
        if (telemetry.on) telemetry.emit({ type: 'retry', error, ...retry })
      },
    }
  }
}
