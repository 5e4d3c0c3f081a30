import type { LogEvent } from '../event.ts'
import { ProjectionError } from './ProjectionError.ts'

/** What a {@link HandlerError} says. */
export interface HandlerFailure {
  /** The event that was being handled. */
  readonly event: LogEvent
  /** The name of the projection or projector, where it has one. */
  readonly projection: string | undefined
  /** What the handler threw, or rejected with. */
  readonly cause: unknown
}

/** A user's handler threw or rejected. Retryable unless its cause says `retryable: false`. */
export class HandlerError extends ProjectionError implements HandlerFailure {
  declare readonly name: 'HandlerError'
  declare readonly event: LogEvent
  declare readonly projection: string | undefined
  declare readonly cause: unknown

  constructor({ event, projection, cause }: HandlerFailure) {
    const who = projection === undefined ? 'the handler' : `the handler of ${JSON.stringify(projection)}`
    super(`${who} failed on event ${event.id} (${event.type} of ${event.stream}): ${messageOf(cause)}`, {
      name: 'HandlerError',
      retryable: isRetryable(cause),
      event,
      projection,
      cause,
    })
  }
}

function isRetryable(cause: unknown): boolean {
  return (cause as { retryable?: unknown } | null | undefined)?.retryable !== false
}

function messageOf(cause: unknown): string {
  try {
    return String((cause as { message?: unknown } | null | undefined)?.message ?? cause)
  } catch {
    return 'a value that cannot be shown'
  }
}
