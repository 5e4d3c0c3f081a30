/**
 * The fields of an event that this library needs.
 *
 * A log position (`id`) is a positive safe integer; `0` means "before the first event".
 */
export interface LogEvent {
  /** The event's position in its log. */
  readonly id: number
  /** The stream that the event belongs to, such as `account-17`. */
  readonly stream: string
  readonly type: string
  /** The data of the event, as JSON data. */
  readonly payload: unknown
  /**
   * The position of the event that this reader received before this one; `id - 1` if absent. Only a store or a source sets it,
   * for a filter or a proven hole.
   */
  readonly previous?: number
  /** The event's revision in its own stream: 1, 2, 3, … without holes. */
  readonly revision?: number
  /** When the event was recorded: an ISO 8601 time in UTC. */
  readonly recordedAt?: string
  /** Further data about the event (correlation, user, …), as JSON data. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** The shape of a user's event union: `{ type: 'Deposited'; payload: … } | { type: 'Withdrawn'; … }`. */
export interface EventType {
  readonly type: string
  readonly payload: unknown
}

/** An event of the union `E` as read from a log: with its position, stream, revision, … */
export type Recorded<E extends EventType> = E extends EventType ? E & Omit<LogEvent, 'type' | 'payload'> : never

/** An event to pass to `append`: the log assigns its position and revision. */
export type NewEvent<E extends EventType = EventType> = E extends EventType
  ? Pick<E, 'type' | 'payload'> & Pick<LogEvent, 'recordedAt' | 'metadata'>
  : never

/** One event, or several in order. */
export type OneOrMany<E> = E | readonly E[]

/** Whether a message has the fields of an event: a stream, a type and a payload. */
export function isEvent(message: LogEvent): boolean {
  return message.stream !== undefined && message.type !== undefined && message.payload !== undefined
}
