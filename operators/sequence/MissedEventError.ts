import { ProjectionError } from '../model/errors/ProjectionError.ts'

/** The fields of a {@link MissedEventError}. */
export interface MissedEvent {
  /** The position of the event that arrived too early. */
  readonly received: number
  /** The last position that was emitted before it. */
  readonly last: number
  /** The first and the last missing position. */
  readonly missing: readonly [from: number, to: number]
}

/** There is a gap before an event: earlier events are missing. A new subscription that reads from `last` closes the gap. */
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
