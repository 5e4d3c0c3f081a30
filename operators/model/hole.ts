/** Positions of a log at which there is no event any more, and never will be one. */
export interface LogHole {
  /** The first position of the hole. */
  readonly from: number
  /** The last position of the hole. */
  readonly to: number
  /**
   * - `deleted`: somebody deleted what was there.
   * - `discarded`: the log's limits or its retention took it away, or may have.
   */
  readonly reason: 'deleted' | 'discarded'
}
