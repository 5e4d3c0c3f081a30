import { checkFold } from './checkFold.ts'
import { inspect } from './errors/inspect.ts'
import type { EventType, LogEvent } from './event.ts'
import { FoldCursor, foldPage } from './fold.ts'
import type { AsyncProjection, FoldOptions, MaybePromise, Projection } from './projection.ts'
import type { ProjectedSnapshot, Snapshot } from './snapshot.ts'

/**
 * Folds events into a snapshot, in order: `scanProjection` as a plain function, for one page. It is synchronous if all handlers
 * are. It returns a promise only if a handler of an asynchronous projection returns one.
 *
 * @throws {HandlerError} a handler threw (or, as a rejection, rejected).
 * @throws {UnknownEventError} an event's type has no handler, and the fold is strict.
 * @throws {StaleEventError} an event is at or below the offset reached.
 * @throws {TypeError | RangeError} names the invalid argument.
 */
export function replay<State, E extends EventType>(
  projection: Projection<State, E>,
  snapshot: Snapshot<State>,
  events: readonly LogEvent[],
  options?: FoldOptions,
): ProjectedSnapshot<State>
export function replay<State, E extends EventType>(
  projection: AsyncProjection<State, E>,
  snapshot: Snapshot<State>,
  events: readonly LogEvent[],
  options?: FoldOptions,
): MaybePromise<ProjectedSnapshot<State>>
export function replay<State>(
  projection: AsyncProjection<State>,
  snapshot: Snapshot<State>,
  events: readonly LogEvent[],
  options?: FoldOptions,
): MaybePromise<ProjectedSnapshot<State>> {
  checkFold(projection, snapshot, options)
  if (!Array.isArray(events)) throw new TypeError(`events must be an array of events, not ${inspect(events)}`)
  const cursor = new FoldCursor(projection, snapshot, options)
  const rest = foldPage(cursor, events)
  return rest === undefined ? cursor.snapshot() : rest.then(() => cursor.snapshot())
}
