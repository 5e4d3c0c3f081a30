import { HandlerError } from '../../operators/model/errors/HandlerError.ts'
import { isA } from '../../operators/model/errors/isA.ts'
import { isRetryable } from '../../operators/model/errors/isRetryable.ts'
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
  /** The failure that was told last, while it is not decided whether it is retried. */
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
    if (!isRetryable(error)) return false
    if (isA(error, HandlerError) && this.handlerFailures.count(idOf(error.event)) >= this.atMost) return false
    return this.options.retry?.retryIf?.(error, attempt) ?? true
  }

  /** Says that a failure is retried: the next one is another one, even if its error is the same object. */
  retried(): void {
    this.told = undefined
  }

  /** Whether the error that ended a run was told when it was decided upon. */
  wasTold(error: unknown): boolean {
    return this.told !== undefined && this.told.error === error
  }

  tellLast(error: unknown): void {
    this.tell(error, this.attempts + 1)
  }

  passed(position: number): void {
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

/** The position of an event; `NaN`, one place for all of them, where it cannot be read. */
function idOf(event: LogEvent): number {
  try {
    return event.id
  } catch {
    return Number.NaN
  }
}
