import type { Observable } from 'rxjs'
import type { EventType, NewEvent, Recorded } from '../model/event.ts'
import type { LogHole } from '../model/hole.ts'
import type { MaybePromise } from '../model/projection.ts'

/** Options of a read. */
export interface ReadOptions {
  /** The position to continue after; `0` for the beginning. */
  readonly after: number
  /** The maximum number of events: a positive integer. */
  readonly limit: number
  /** Only events of these streams; of all streams if absent. */
  readonly streams?: readonly string[]
  /** Aborted when the page is no longer needed. */
  readonly signal?: AbortSignal
  /**
   * Receives each hole that the page proves, before the page is returned. A store does not call it if it cannot have holes, or
   * cannot distinguish them from events of other streams.
   */
  readonly onHole?: (hole: LogHole) => void
}

/**
 * A page of a log: *every* matching event after the requested position, up to `through`, in order. If the log ends before the
 * requested position, the page is empty and `head` shows where the log ends.
 */
export interface LogPage<E extends EventType = EventType> {
  readonly events: readonly Recorded<E>[]
  /**
   * The last position that the page covers: it contains every matching event up to here. Between the requested position and
   * `head`.
   */
  readonly through: number
  /** The last position that the log held when the page was read; `0` for an empty log. */
  readonly head: number
}

/** A log that can be read. */
export interface EventReader<E extends EventType = EventType> {
  read(options: ReadOptions): MaybePromise<LogPage<E>>
  /** Emits when there may be new events. A lost or an unnecessary hint does no harm. Absent: only polling finds new events. */
  readonly hints$?: Observable<unknown>
  /**
   * Emits each time that the connection to the log is restored after it was lost. The log may be another one then, so a reader
   * checks the last event that it read. Absent: a lost connection is an error of `read` or of `hints$`.
   */
  readonly reconnects$?: Observable<unknown>
  /**
   * The whole log, if this reader returns a part of it that `streams` does not select. The check of the last event reads this
   * log, whatever part that event may belong to now. Absent: this reader returns the whole log.
   */
  readonly whole?: Pick<EventReader<E>, 'read'>
}

/** The last event of an append. */
export interface Appended {
  readonly position: number
  readonly revision: number
}

/** Options of an append. */
export interface AppendOptions {
  /** The revision that the stream must have; `0` for a stream that must not exist yet. */
  readonly expectedRevision?: number
}

/** A log that can be read and appended to. */
export interface EventLog<E extends EventType = EventType> extends EventReader<E> {
  readonly hints$: Observable<unknown>
  /**
   * Appends events to a stream, all or none. The events are captured when the call returns.
   *
   * Rejects with an `InvalidEventError` if a value cannot be an event, or if there is no event. Rejects with a
   * `RevisionConflictError` if the stream is at another revision. In both cases nothing is stored and no position is used.
   */
  append(stream: string, events: readonly NewEvent<E>[], options?: AppendOptions): Promise<Appended>
}
