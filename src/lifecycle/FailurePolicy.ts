import { HandlerError } from '../../operators/model/errors/HandlerError.ts'
import type { LogEvent } from '../../operators/model/event.ts'
import { reportUnhandled } from '../../operators/support/reportUnhandled.ts'
import { HandlerFailures } from './handlerFailures.ts'
import type { RunOptions } from './runOptions.ts'

/** Decides which failures are worth another try, and tells `onError` of each, once. */
export class FailurePolicy {
  private readonly handlerFailures = new HandlerFailures()
  private readonly atMost: number
  private readonly options: RunOptions
  private attempts = 0
  private told: { readonly error: unknown } | undefined

  constructor(options: RunOptions, handlerFailures: number) {
    this.options = options
    this.atMost = handlerFailures
  }

  /** Whether the run is tried again after an error; tells of it. */
  retryable(error: unknown, attempt: number): boolean {
    this.attempts = attempt
    this.told = { error }
    this.tell(error, attempt)
    if ((error as { retryable?: unknown } | null | undefined)?.retryable === false) return false
    if (error instanceof HandlerError && this.handlerFailures.count(error.event.id) >= this.atMost) return false
    return this.options.retry?.retryIf?.(error, attempt) ?? true
  }

  /** Tells of the error that ended a run, unless that was told when it was decided upon. */
  tellLast(error: unknown): void {
    if (this.told === undefined || this.told.error !== error) this.tell(error, this.attempts + 1)
  }

  passed(position: number): void {
    this.handlerFailures.passed(position)
    this.told = undefined
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
  return (error as { event?: LogEvent } | null | undefined)?.event
}
