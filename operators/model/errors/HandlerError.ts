import type { LogEvent } from '../event.ts'
import { fieldOf, inspect } from './inspect.ts'
import { isRetryable } from './isRetryable.ts'
import { messageOf } from './messageOf.ts'
import { ProjectionError } from './ProjectionError.ts'

/** The fields of a {@link HandlerError}. */
export interface HandlerFailure {
  /** The event that failed. If a page was handled as a whole: the first event of the page. */
  readonly event: LogEvent
  /** The position of the last event of that page. Absent if `event` is known to be the one that failed. */
  readonly through?: number | undefined
  /** The name of the projection or projector, if it has one. */
  readonly projection: string | undefined
  /** The error that the handler threw or rejected with. */
  readonly cause: unknown
}

/** A user's handler threw or rejected. Retryable unless its cause has `retryable: false`. */
export class HandlerError extends ProjectionError implements HandlerFailure {
  declare readonly name: 'HandlerError'
  declare readonly event: LogEvent
  declare readonly through: number | undefined
  declare readonly projection: string | undefined
  declare readonly cause: unknown

  constructor({ event, through, projection, cause }: HandlerFailure) {
    const who = projection === undefined ? 'the handler' : `the handler of ${quoted(projection)}`
    const where =
      through === undefined
        ? `event ${fieldOf(event, 'id')} (${fieldOf(event, 'type')} of ${fieldOf(event, 'stream')})`
        : `events ${fieldOf(event, 'id')} to ${through}`
    super(`${who} failed on ${where}: ${messageOf(cause)}`, {
      name: 'HandlerError',
      retryable: isRetryable(cause),
      event,
      ...(through !== undefined && { through }),
      projection,
      cause,
    })
  }
}

function quoted(name: unknown): string {
  return typeof name === 'string' ? JSON.stringify(name) : inspect(name)
}
