import { ProjectionError } from '../model/errors/ProjectionError.ts'

/** What a {@link MissedEventError} says. */
export interface MissedEvent {
  /** The position of the event that came too early. */
  readonly received: number
  /** The last position that was passed on before it. */
  readonly last: number
  /** The first and the last position that did not come. */
  readonly missing: readonly [from: number, to: number]
}

/** There is a gap before an event: events before it did not come. A new subscription that reads from `last` heals it. */
export class MissedEventError extends ProjectionError implements MissedEvent {
  declare readonly name: 'MissedEventError'
  declare readonly received: number
  declare readonly last: number
  declare readonly missing: readonly [from: number, to: number]

  constructor({ received, last, missing }: MissedEvent) {
    const [from, to] = missing
    super(
      `received event ${received} after ${last}: ${from === to ? `event ${from}` : `events ${from} to ${to}`} missed`,
      { name: 'MissedEventError', received, last, missing },
    )
  }
}
