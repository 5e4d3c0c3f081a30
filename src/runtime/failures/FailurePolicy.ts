import { reportUnhandled } from '../../../operators/kernel/reportUnhandled.ts'
import type { Decision, Failure } from '../../../operators/model/Decision.ts'
import { HandlerError } from '../../../operators/model/errors/HandlerError.ts'
import { isA } from '../../../operators/model/errors/isA.ts'
import { isRetryable } from '../../../operators/model/errors/isRetryable.ts'
import type { TimeoutReason } from '../../../operators/model/errors/TimeoutError.ts'
import type { LogEvent } from '../../../operators/model/event.ts'

import type { Reports } from './Reports.ts'

/** The details of a failure besides its error. */
export interface FailureInfo {
  /**
   * Failures since the last run that lasted `retry.resetAfter`, including this one; 0 for a failure that does not end the run.
   */
  readonly attempt: number
  /** The event whose handler failed; `undefined` if the failure is not from a handler. */
  readonly event: LogEvent | undefined
}

/** The options for failures. */
interface FailureOptions {
  readonly retry?: { readonly retryIf?: (error: unknown, attempt: number) => boolean }
  readonly onError?: (error: unknown, info: FailureInfo) => void
}

/** Decides about each failure, and reports it to `onError` once. */
export class FailurePolicy {
  readonly #options: FailureOptions
  readonly #atMost: number
  readonly #reports: Reports
  /** The number of handler failures at each position that the run has not passed yet. */
  readonly #counts = new Map<number, number>()
  #attempts = 0
  /** The decision about a failure that has not reached the run yet. */
  #decided: { readonly error: unknown; readonly decision: Decision } | undefined
  /** The last failure of the run, until the run advances. */
  #last: { readonly error: unknown } | undefined
  /** The last reported failure, until the run decides whether to retry it. */
  #reported: { readonly error: unknown } | undefined

  /** @param handlerFailures a handler that fails this many times at one position without a success stops the run. */
  constructor(options: FailureOptions, handlerFailures: number, reports: Reports) {
    this.#options = options
    this.#atMost = handlerFailures
    this.#reports = reports
  }

  /** Decides about a failure once, where it happens. Retries every error that does not have `retryable: false`. */
  readonly decide = ({ error, event }: Failure): Decision => {
    const decision = !isRetryable(error) || this.#isPoison(event) ? 'stop' : 'retry'
    this.#decided = { error, decision }
    return decision
  }

  /** Reports the error, and returns whether to retry the run. */
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

  /** Notes that the run retries: the next failure is a new one, even if its error is the same object. */
  retried(position: number): void {
    if (this.#reported !== undefined) {
      const { error } = this.#reported
      this.#reports.failed(error, at(error, position), 'It is tried again')
    }
    this.#reported = undefined
  }

  /** Whether the policy already reported the error that ended the run. */
  wasNotified(error: unknown): boolean {
    return this.#reported !== undefined && this.#reported.error === error
  }

  notifyLast(error: unknown): void {
    this.notify(error, this.#attempts + 1)
  }

  /** The part of a timeout's reason that concerns failures. */
  get reason(): Pick<TimeoutReason, 'attempts' | 'failure'> {
    return this.#last === undefined ? {} : { attempts: this.#attempts, failure: this.#last }
  }

  /** Reports a failure that does not end the run, if nobody else receives it. */
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

  /** Counts a handler failure; returns whether the limit is reached. */
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

/** The position of a failure: the position of its event, otherwise the position of the run. */
function at(error: unknown, position: number): number {
  const event = eventOf(error)
  return event === undefined ? position : idOf(event)
}

/** The position of an event; `NaN` (shared by all such events) if it cannot be read. */
function idOf(event: LogEvent): number {
  try {
    return event.id
  } catch {
    return Number.NaN
  }
}
