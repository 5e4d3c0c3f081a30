import { ProjectionError } from '../../../../operators/model/errors/ProjectionError.ts'

/** The details of a {@link MissingHistoryError}. */
export interface MissingHistory {
  /** The position that the reader asked to continue after. */
  readonly after: number
  /** The first later position that the log still has, or will assign next. */
  readonly first: number
}

/**
 * The log has discarded events that a reader asks for, because of its limits or its retention. Not retryable: the discarded
 * events do not come back, and a fold without them would be wrong silently.
 */
export class MissingHistoryError extends ProjectionError implements MissingHistory {
  declare readonly name: 'MissingHistoryError'
  declare readonly after: number
  declare readonly first: number

  constructor({ after, first }: MissingHistory) {
    super(
      `the log has discarded the events from position ${after + 1} to ${first - 1}: what is folded without them is incomplete. Restore them, start from a snapshot behind them, or choose to go on without them`,
      { name: 'MissingHistoryError', retryable: false, after, first },
    )
  }
}
