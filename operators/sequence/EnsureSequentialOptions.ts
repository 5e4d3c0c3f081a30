import type { LogEvent } from '../model/event.ts'

/** How long a gap may wait for its missing events. */
export interface HoldOptions {
  /** How long, in ms, from when the gap is first seen. */
  readonly for: number
  /** How many later events are kept at the most. */
  readonly atMost: number
}

/** What `ensureSequential` may be told. */
export interface EnsureSequentialOptions<E extends LogEvent = LogEvent> {
  /** The last position already seen, or a function asked at each subscription. Default: 0. */
  readonly after?: number | (() => number)
  /** Told of each event that is dropped because its position was passed already, and of the last position. */
  readonly onDuplicate?: (event: E, last: number) => void
  /** Told of each message without a stream, a type or a payload; it moves the position and is not passed on. */
  readonly onUnhandled?: (message: E) => void
  /** Lets a gap wait for its missing events before it is an error. Absent: a gap is an error at once. */
  readonly hold?: HoldOptions
}
