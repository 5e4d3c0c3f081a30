import type { EventType, LogEvent, Recorded } from './event.ts'

/** A value, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>

/** Folds one event into a state: returns the next state and does not change the given one. */
export type Handler<State, E extends EventType, Result = State> = (state: State, event: Recorded<E>) => Result

/** A handler for each event type that a projection folds. */
export type Handlers<State, E extends EventType, Result = State> = {
  readonly [Type in E['type']]?: Handler<State, Extract<E, { readonly type: Type }>, Result>
}

/** The fields of every definition, independent of its handlers. */
export interface ProjectionFields<State, E extends EventType> {
  /** Names the projection, and its snapshots in a store. */
  readonly name: string
  /** A positive integer, 1 by default. Raise it when the fold changes: snapshots of other versions are then ignored. */
  readonly version?: number
  /** The streams to read; the whole log if absent. */
  readonly streams?: readonly string[]
  /** Event types that the projection knows and ignores; `'others'` for all types without a handler. */
  readonly ignore?: readonly E['type'][] | 'others'
  /** Makes the state before the first event: a new one at each call. */
  readonly initialState: () => State
}

/** A fold: a handler for each event type, or one for all. */
export type Fold<State, E extends EventType, Result> =
  | { readonly on: Handlers<State, E, Result>; readonly evolve?: never }
  | { readonly evolve: Handler<State, E, Result>; readonly on?: never }

/** The definition for `defineProjection`; its handlers return the next state. */
export type ProjectionDefinition<State, E extends EventType> = ProjectionFields<State, E> & Fold<State, E, State>

/** The definition for `defineProjection` if a handler returns a promise of the next state. */
export type AsyncProjectionDefinition<State, E extends EventType> = ProjectionFields<State, E> &
  Fold<State, E, MaybePromise<State>>

/** A validated definition: a named, versioned, pure fold of a log's events into a state. */
export interface AnyProjection<State> {
  readonly name: string
  readonly version: number
  readonly streams: readonly string[] | undefined
  readonly initialState: () => State
  /**
   * The handler of an event type; `'ignore'` for a type to ignore, `undefined` for an unknown type.
   * @internal
   */
  readonly handlerOf: (type: string) => AnyHandler | 'ignore' | undefined
}

/** @internal */
export type AnyHandler = (state: never, event: never) => unknown

declare const events: unique symbol
declare const asynchronous: unique symbol

/** A projection whose handlers are all synchronous. Made by `defineProjection`. */
export interface Projection<State, E extends EventType = EventType> extends AsyncProjection<State, E> {
  readonly [asynchronous]?: false
}

/** A projection whose handlers may return promises. Made by `defineProjection`. */
export interface AsyncProjection<State, E extends EventType = EventType> extends AnyProjection<State> {
  readonly [events]?: (event: E) => void
  readonly [asynchronous]?: boolean
}

/** The state of a projection: `StateOf<typeof balances>`. */
export type StateOf<P> = P extends AnyProjection<infer State> ? State : never

/** The event union of a projection: `EventsOf<typeof balances>`. */
export type EventsOf<P> = P extends AsyncProjection<infer _State, infer E> ? E : never

/** Options of a fold. */
export interface FoldOptions {
  /** Whether an event type without a handler is an error. Default: `true`. */
  readonly strict?: boolean
  /** Receives each event that is ignored because its type has no handler (only if `strict` is `false`). */
  readonly onIgnored?: (event: LogEvent) => void
  /**
   * Freezes states and events deeply before a handler receives them, for development and tests. A handler that changes them in
   * place then throws, which gives a `HandlerError` for that event. The cost is a traversal of each new part of the state.
   * Default: `false`.
   */
  readonly freeze?: boolean
  /**
   * Wraps the promise of an asynchronous handler.
   * @internal
   */
  readonly watch?: <T>(event: LogEvent, pending: PromiseLike<T>) => PromiseLike<T>
}
