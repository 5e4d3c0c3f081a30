import { reportUnhandled } from '../../../operators/kernel/reportUnhandled.ts'
import { HandlerError } from '../../../operators/model/errors/HandlerError.ts'
import { isA } from '../../../operators/model/errors/isA.ts'
import { isRetryable } from '../../../operators/model/errors/isRetryable.ts'
import type { TimeoutReason } from '../../../operators/model/errors/TimeoutError.ts'
import type { LogEvent } from '../../../operators/model/event.ts'
import { HandlerFailures } from './handlerFailures.ts'
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

/** Decides which failures are worth another try, and tells `onError` of each, once. */
export class FailurePolicy {
  private readonly handlerFailures = new HandlerFailures()
  private readonly atMost: number
  private readonly options: FailureOptions
  private readonly reports: Reports
  private attempts = 0
  /** The last failure of the run, until it gets further. */
  private last: { readonly error: unknown } | undefined
  /** The failure that was told last, while it is not decided whether it is retried. */
  private told: { readonly error: unknown } | undefined

  constructor(options: FailureOptions, handlerFailures: number, reports: Reports) {
    this.options = options
    this.atMost = handlerFailures
    this.reports = reports
  }

  /** Whether the run is tried again after an error; tells of it. */
  retryable(error: unknown, attempt: number): boolean {
    this.attempts = attempt
    this.told = this.last = { error }
    this.tell(error, attempt)
    if (!isRetryable(error)) return false
    if (isA(error, HandlerError) && this.handlerFailures.count(idOf(error.event)) >= this.atMost) return false
    return this.options.retry?.retryIf?.(error, attempt) ?? true
  }

  /** Says that a failure is retried: the next one is another one, even if its error is the same object. */
  retried(position: number): void {
    if (this.told !== undefined)
      this.reports.failed(this.told.error, at(this.told.error, position), 'It is tried again')
    this.told = undefined
  }

  /** Whether the error that ended a run was told when it was decided upon. */
  wasTold(error: unknown): boolean {
    return this.told !== undefined && this.told.error === error
  }

  tellLast(error: unknown): void {
    this.tell(error, this.attempts + 1)
  }

  /** Why a wait has not ended yet, as far as failures are concerned. */
  get reason(): Pick<TimeoutReason, 'attempts' | 'failure'> {
    return this.last === undefined ? {} : { attempts: this.attempts, failure: this.last }
  }

  /** Reports a failure that ends no run, where nobody else hears of it. */
  report(error: unknown, position: number): void {
    this.reports.failed(error, at(error, position), 'The run goes on')
  }

  passed(position: number): void {
    this.last = undefined
    this.handlerFailures.passed(position)
  }

  tell(error: unknown, attempt: number): void {
    try {
      this.options.onError?.(error, { attempt, event: eventOf(error) })
    } catch (thrown) {
      reportUnhandled(thrown)
    }
  }
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
