import type { Observable } from 'rxjs'
import type { UndecodableSnapshotError } from './errors/UndecodableSnapshotError.ts'
import type { EventType, NewEvent, Recorded } from './event.ts'
import type { LogHole } from './hole.ts'
import type { LeaseClaim, LeaseStore } from './lease.ts'
import type { EventMark } from './mark.ts'
import type { MaybePromise } from './projection.ts'
import type { Snapshot } from './snapshot.ts'

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

/** What a load of a snapshot may be told. */
export interface LoadOptions {
  /** Told of each stored snapshot that cannot be decoded and is passed over. */
  readonly onUndecodable?: (error: UndecodableSnapshotError) => void
}

/** What a save of a snapshot may be held to. */
export interface SaveSnapshotOptions {
  /** The lease under which it is saved: one that is lost is a `LeaseLostError`, checked in the same commit. */
  readonly lease?: LeaseClaim
}

/** Where snapshots are kept, under name and version; an instance's name is `name@instance`. */
export interface SnapshotStore {
  /** The newest snapshot that can be decoded, as fresh objects; `undefined` where there is none. */
  load(name: string, version: number, options?: LoadOptions): MaybePromise<Snapshot<unknown> | undefined>
  /**
   * Keeps a snapshot: its state has been captured when the call returns. One with an earlier offset than the stored one
   * changes nothing. Throws or rejects with an `UnserializableError` for a state that JSON would change.
   */
  save(name: string, version: number, snapshot: Snapshot<unknown>, options?: SaveSnapshotOptions): MaybePromise<void>
  /** Forgets all snapshots of a name and version. */
  delete(name: string, version: number): MaybePromise<void>
}

/** What a save of a position may be held to. */
export interface SavePositionOptions {
  /** The position that must be stored now, `0` for none; otherwise a `PositionConflictError`, and nothing is saved. */
  readonly expected?: number
  /** The lease under which it is saved: one that is lost is a `LeaseLostError`, checked in the same commit. */
  readonly lease?: LeaseClaim
  /** Identifies the last event handled; kept with the position, in the same commit. */
  readonly mark?: EventMark
}

/** Where projectors keep their positions. */
export interface PositionStore {
  /** The stored position; `0` where there is none. */
  load(name: string): MaybePromise<number>
  /** Stores a position in the place of any other, also of a later one: back to `0` is how a projector is reset. */
  save(name: string, position: number, options?: SavePositionOptions): MaybePromise<void>
  /**
   * The mark that was saved with the stored position; `undefined` where there is none, also where the position was saved
   * without one since. Absent: the store keeps no marks, and another log is not noticed.
   */
  loadMark?(name: string): MaybePromise<EventMark | undefined>
}

/** A piece of work inside a store's transaction. */
export interface Transaction<Context> {
  /** What a handler may use: the store's connection or client. */
  readonly context: Context
  /** Where the position moves within the transaction. */
  readonly positions: PositionStore
}

/** A store in whose transactions a projector's own writes and its position commit together. */
export interface Transactions<Context> {
  /**
   * Runs the work, then commits; rolls back when it throws or rejects.
   *
   * @returns what the work returned.
   */
  run<T>(work: (transaction: Transaction<Context>) => MaybePromise<T>): MaybePromise<T>
}

/** A store is a plain object of facets: mix them as you like. */
export interface Store<E extends EventType = EventType, Context = unknown> {
  readonly events: EventLog<E>
  readonly snapshots: SnapshotStore
  readonly positions: PositionStore
  readonly transactions?: Transactions<Context>
  readonly leases?: LeaseStore
}

/** A store that was opened and has to be closed: `await using store = …`. */
export interface OpenStore<E extends EventType = EventType, Context = unknown>
  extends Store<E, Context>,
    AsyncDisposable {}
