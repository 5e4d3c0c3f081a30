import type { Observable } from 'rxjs'
import type { EventType, NewEvent, Recorded } from '../model/event.ts'
import type { LogHole } from '../model/hole.ts'
import type { MaybePromise } from '../model/projection.ts'

/** What a page is asked for. */
export interface ReadOptions {
  /** The position to continue after; `0` from the beginning. */
  readonly after: number
  /** How many events at the most: a positive integer. */
  readonly limit: number
  /** Only events of these streams; of all where absent. */
  readonly streams?: readonly string[]
  /** Aborted when nobody waits for the page any more. */
  readonly signal?: AbortSignal
  /**
   * Told of each hole that the page proves, before the page is given out. A store that cannot have holes, or cannot tell
   * them from events of other streams, does not call it.
   */
  readonly onHole?: (hole: LogHole) => void
}

/**
 * A page of a log: *every* matching event after the position asked for, up to `through`, in order. Where the log ends before
 * the position asked for, it is empty and `head` says so.
 */
export interface LogPage<E extends EventType = EventType> {
  readonly events: readonly Recorded<E>[]
  /** How far the page has looked: no matching event up to here is missing. Between the position asked for and `head`. */
  readonly through: number
  /** The last position that the log held when the page was read; `0` for an empty log. */
  readonly head: number
}

/** A log that can be read. */
export interface EventReader<E extends EventType = EventType> {
  read(options: ReadOptions): MaybePromise<LogPage<E>>
  /** Emits when there may be news. A lost or a needless hint does no harm. Absent: polling alone finds news. */
  readonly hints$?: Observable<unknown>
  /**
   * Emits after each time that the connection to the log was lost and is there again: the log behind it may be another one,
   * so a reader checks the last event that it read. Absent: a lost connection is an error of `read` or of `hints$`.
   */
  readonly reconnects$?: Observable<unknown>
  /**
   * The log of which this reader hands out a part that is not chosen by `streams`. It is asked for the last event that was
   * read, of whatever part that may be by now. Absent: this reader hands out the whole log.
   */
  readonly whole?: Pick<EventReader<E>, 'read'>
}

/** Where an append went: the last of its events. */
export interface Appended {
  readonly position: number
  readonly revision: number
}

/** What an append may be held to. */
export interface AppendOptions {
  /** The revision that the stream must have; `0` for a stream that must not exist yet. */
  readonly expectedRevision?: number
}

/** A log that can be read and appended to. */
export interface EventLog<E extends EventType = EventType> extends EventReader<E> {
  readonly hints$: Observable<unknown>
  /**
   * Appends events to a stream, all or none. They have been captured when the call returns.
   *
   * Rejects with an `InvalidEventError` for what cannot be an event, or for no event at all, and with a
   * `RevisionConflictError` where the stream is at another revision; either way nothing is stored and no position is used.
   */
  append(stream: string, events: readonly NewEvent<E>[], options?: AppendOptions): Promise<Appended>
}
