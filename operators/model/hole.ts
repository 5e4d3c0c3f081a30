/** Positions of a log that hold no event any more and never will. */
export interface LogHole {
  /** The first position of the hole. */
  readonly from: number
  /** The last position of the hole. */
  readonly to: number
  /**
   * - `deleted`: the events were deleted explicitly.
   * - `discarded`: the log's limits or its retention removed the events, or may have removed them.
   */
  readonly reason: 'deleted' | 'discarded'
}
