import type { LogEvent } from '../model/event.ts'

/** How long a gap may wait for its missing events. */
export interface HoldOptions {
  /** The maximum wait, in ms, from when the gap is first seen. */
  readonly for: number
  /** The maximum number of later events to keep. */
  readonly atMost: number
}

/** Options of `ensureSequential`. */
export interface EnsureSequentialOptions<E extends LogEvent = LogEvent> {
  /** The last position already seen, or a function called at each subscription. Default: 0. */
  readonly after?: number | (() => number)
  /** Receives each event that is dropped because its position was already passed, and the last position. */
  readonly onDuplicate?: (event: E, last: number) => void
  /** Receives each message without a stream, a type or a payload. The message advances the position and is not emitted. */
  readonly onUnhandled?: (message: E) => void
  /** Lets a gap wait for its missing events before it is an error. Absent: a gap is an error immediately. */
  readonly hold?: HoldOptions
}
