/**
 * The least that this library has to know of an event: its place in the log, and that it is one.
 *
 * A log position (`id`) is a positive safe integer; `0` means "before the first event".
 */
export interface LogEvent {
  /** The event's place in its log. */
  readonly id: number
  /** The stream that the event belongs to, such as `account-17`. */
  readonly stream: string
  readonly type: string
  /** What happened, as JSON data. */
  readonly payload: unknown
  /**
   * The position of the event delivered before this one to this reader; `id - 1` where absent. Only a store or a source
   * sets it, for a filter or a proven hole.
   */
  readonly previous?: number
  /** The event's place in its own stream: 1, 2, 3, … without holes. */
  readonly revision?: number
  /** When the event was recorded: an ISO 8601 time in UTC. */
  readonly recordedAt?: string
  /** What is known about the event beside what happened (correlation, user, …), as JSON data. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** What a user's event union has to look like: `{ type: 'Deposited'; payload: … } | { type: 'Withdrawn'; … }`. */
export interface EventType {
  readonly type: string
  readonly payload: unknown
}

/** An event of the union `E` as a log hands it out: with its position, stream, revision, … */
export type Recorded<E extends EventType> = E extends EventType ? E & Omit<LogEvent, 'type' | 'payload'> : never

/** An event as it is handed to `append`: the log gives it its position and revision. */
export type NewEvent<E extends EventType = EventType> = E extends EventType
  ? Pick<E, 'type' | 'payload'> & Pick<LogEvent, 'recordedAt' | 'metadata'>
  : never

/** One event, or several in their order. */
export type OneOrMany<E> = E | readonly E[]

/** Tells whether a message has what makes it an event: a stream, a type and a payload. */
export function isEvent(message: LogEvent): boolean {
  return message.stream !== undefined && message.type !== undefined && message.payload !== undefined
}
