import type { EventMark } from '../model/mark.ts'

/** How far a log has been read. */
export interface LogProgress {
  /** Every matching event up to here has been processed. */
  readonly through: number
  /** The last position that the log held at that read. If `through = head`, the reader is caught up. */
  readonly head: number
}

/** Options of `followLog`. */
export interface FollowLogOptions {
  /** The position to continue after. Default: 0, the beginning. */
  readonly after?: number
  /** Only events of these streams. Absent: events of all streams. */
  readonly streams?: readonly string[]
  /** The maximum number of events in a page. Default: 512. */
  readonly pageSize?: number
  /** How long to wait for a hint, in ms, before the next read without one. Default: 30 000. */
  readonly catchUpAfter?: number
  /** The maximum time for a read to answer, in ms; `Infinity` for no limit. Default: 30 000. */
  readonly readTimeout?: number
  /**
   * Identifies the last event that was handled, as saved with the snapshot or the position. Before the first page, the log is
   * read at that event's position: another event there is a `LogMismatchError`. Absent: the log is not checked.
   */
  readonly mark?: EventMark | undefined
  /** Receives after each page how far the log has been read, events of other streams included. */
  readonly onProgress?: (progress: LogProgress) => void
}
