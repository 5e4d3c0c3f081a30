import type { LogEvent } from '../event.ts'
import { fieldOf, inspect } from './inspect.ts'
import { ProjectionError } from './ProjectionError.ts'

/** A strict projection has no handler for an event's type. Not retryable: only a new definition helps. */
export class UnknownEventError extends ProjectionError {
  declare readonly name: 'UnknownEventError'
  declare readonly event: LogEvent
  /** The name of the projection. */
  declare readonly projection: string

  constructor(event: LogEvent, projection: string) {
    super(
      `projection ${JSON.stringify(projection)} has no handler for ${typeOf(event)} (event ${fieldOf(event, 'id')} of ${fieldOf(event, 'stream')}): ` +
        `handle it, name it in \`ignore\`, or be not strict`,
      { name: 'UnknownEventError', retryable: false, event, projection },
    )
  }
}

function typeOf(event: LogEvent): string {
  try {
    return inspect(event.type)
  } catch {
    return 'a type that cannot be read'
  }
}
