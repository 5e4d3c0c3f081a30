import { reportUnhandled } from '../../../operators/kernel/reportUnhandled.ts'
import type { Decision, Failure } from '../../../operators/model/Decision.ts'
import { HandlerError } from '../../../operators/model/errors/HandlerError.ts'
import { isA } from '../../../operators/model/errors/isA.ts'
import { isRetryable } from '../../../operators/model/errors/isRetryable.ts'
import type { TimeoutReason } from '../../../operators/model/errors/TimeoutError.ts'
import type { LogEvent } from '../../../operators/model/event.ts'

import type { Reports } from './Reports.ts'

/** What is known of a failure beside its error. */
export interface FailureInfo {
  /** How many failures there were since the last run that lasted `retry.resetAfter`; 0 for one that fails no run. */
  readonly attempt: number
  /** The event that was being handled, where the failure is a handler's. */
  readonly event: LogEvent | undefined
}

/** What the user says about failures. */
interface FailureOptions {
  readonly retry?: { readonly retryIf?: (error: unknown, attempt: number) => boolean }
  readonly onError?: (error: unknown, info: FailureInfo) => void
}

/** Decides about each failure, and reports each to `onError` once. */
export class FailurePolicy {
  readonly #options: FailureOptions
  readonly #atMost: number
  readonly #reports: Reports
  /** How many failures of handlers there were at each position that has not been passed. */
  readonly #counts = new Map<number, number>()
  #attempts = 0
  /** What was decided about a failure that is on its way to the run. */
  #decided: { readonly error: unknown; readonly decision: Decision } | undefined
  /** The last failure of the run, until it gets further. */
  #last: { readonly error: unknown } | undefined
  /** The failure that was reported last, while it is not decided whether it is retried. */
  #reported: { readonly error: unknown } | undefined

  /** @param handlerFailures how many failures of a handler at one position, without a success, stop the run. */
  constructor(options: FailureOptions, handlerFailures: number, reports: Reports) {
    this.#options = options
    this.#atMost = handlerFailures
    this.#reports = reports
  }

  /** Decides about a failure, once, where it happens. An error without `retryable: false` is retried. */
  readonly decide = ({ error, event }: Failure): Decision => {
    const decision = !isRetryable(error) || this.#isPoison(event) ? 'stop' : 'retry'
    this.#decided = { error, decision }
    return decision
  }

  /** Whether the run is tried again after an error; reports the error. */
  retryable(error: unknown, attempt: number): boolean {
    this.#attempts = attempt
    this.#reported = this.#last = { error }
    this.notify(error, attempt)
    const known = this.#decided
    const isKnown = known !== undefined && known.error === error
    const decision = isKnown ? known.decision : this.decide({ error, event: failedEvent(error) })
    this.#decided = undefined
    return decision === 'retry' && (this.#options.retry?.retryIf?.(error, attempt) ?? true)
  }

  /** Says that a failure is retried: the next one is another one, even if its error is the same object. */
  retried(position: number): void {
    if (this.#reported !== undefined) {
      const { error } = this.#reported
      this.#reports.failed(error, at(error, position), 'It is tried again')
    }
    this.#reported = undefined
  }

  /** Whether the error that ended a run was reported when it was decided upon. */
  wasNotified(error: unknown): boolean {
    return this.#reported !== undefined && this.#reported.error === error
  }

  notifyLast(error: unknown): void {
    this.notify(error, this.#attempts + 1)
  }

  /** Why a wait has not ended yet, as far as failures are concerned. */
  get reason(): Pick<TimeoutReason, 'attempts' | 'failure'> {
    return this.#last === undefined ? {} : { attempts: this.#attempts, failure: this.#last }
  }

  /** Reports a failure that ends no run, where nobody else hears of it. */
  report(error: unknown, position: number): void {
    this.#reports.failed(error, at(error, position), 'The run goes on')
  }

  /** Forgets the failures up to a position. */
  passed(position: number): void {
    this.#last = undefined
    if (this.#counts.size === 0) return
    for (const failed of this.#counts.keys()) if (failed <= position) this.#counts.delete(failed)
  }

  notify(error: unknown, attempt: number): void {
    try {
      this.#options.onError?.(error, { attempt, event: eventOf(error) })
    } catch (thrown) {
      reportUnhandled(thrown)
    }
  }

  /** Counts a failure of a handler; whether it was one too many. */
  #isPoison(event: LogEvent | undefined): boolean {
    if (event === undefined) return false
    const id = idOf(event)
    const failures = (this.#counts.get(id) ?? 0) + 1
    this.#counts.set(id, failures)
    return failures >= this.#atMost
  }
}

function failedEvent(error: unknown): LogEvent | undefined {
  return isA(error, HandlerError) ? eventOf(error) : undefined
}

function eventOf(error: unknown): LogEvent | undefined {
  try {
    return (error as { event?: LogEvent } | null | undefined)?.event
  } catch {
    return undefined
  }
}

/** Where a failure happened: at its event, or where the run stands. */
function at(error: unknown, position: number): number {
  const event = eventOf(error)
  return event === undefined ? position : idOf(event)
}

/** The position of an event; `NaN`, one place for all of them, where it cannot be read. */
function idOf(event: LogEvent): number {
  try {
    return event.id
  } catch {
    return Number.NaN
  }
}
