import type { EventMark } from '../model/mark.ts'

/** How far a log has been read. */
export interface LogProgress {
  /** Every matching event up to here has been dealt with. */
  readonly through: number
  /** The last position that the log held at that read; `through = head` is caught up. */
  readonly head: number
}

/** What `followLog` may be told. */
export interface FollowLogOptions {
  /** The position to continue after. Default: 0, the beginning. */
  readonly after?: number
  /** Only events of these streams. Absent: of all. */
  readonly streams?: readonly string[]
  /** How many events a page holds at the most. Default: 512. */
  readonly pageSize?: number
  /** How long to wait for a hint, in ms, before looking for news anyway. Default: 30 000. */
  readonly catchUpAfter?: number
  /** How long a read may take to answer, in ms; `Infinity` for any time. Default: 30 000. */
  readonly readTimeout?: number
  /**
   * Identifies the last event that was handled, as it was kept with the snapshot or the position. Before the first page the
   * log is asked for that event: another one at its position is a `LogMismatchError`. Absent: any log will do.
   */
  readonly mark?: EventMark | undefined
  /** Told after each page how far the log has been read, also over events of other streams. */
  readonly onProgress?: (progress: LogProgress) => void
}
