import { checkFold, checkGiven } from './checkFold.ts'
import type { EventType, LogEvent } from './event.ts'
import { FoldCursor } from './fold.ts'
import type { AsyncProjection, FoldOptions, MaybePromise, Projection } from './projection.ts'
import type { ProjectedSnapshot, Snapshot } from './snapshot.ts'

/**
 * Folds one event into a snapshot: the step of `scanProjection` as a plain function. It is synchronous if the handler is. It
 * returns a promise only if the handler of an asynchronous projection returns one.
 *
 * @throws {HandlerError} the handler threw (or, as a rejection, rejected).
 * @throws {UnknownEventError} the event's type has no handler, and the fold is strict.
 * @throws {StaleEventError} the event is at or below the snapshot's offset.
 * @throws {TypeError | RangeError} names the invalid argument.
 */
export function evolve<State, E extends EventType>(
  projection: Projection<State, E>,
  snapshot: Snapshot<State>,
  event: LogEvent,
  options?: FoldOptions,
): ProjectedSnapshot<State>
export function evolve<State, E extends EventType>(
  projection: AsyncProjection<State, E>,
  snapshot: Snapshot<State>,
  event: LogEvent,
  options?: FoldOptions,
): MaybePromise<ProjectedSnapshot<State>>
export function evolve<State>(
  projection: AsyncProjection<State>,
  snapshot: Snapshot<State>,
  event: LogEvent,
  options?: FoldOptions,
): MaybePromise<ProjectedSnapshot<State>> {
  checkFold(projection, snapshot, options)
  checkGiven('event', event)
  const cursor = new FoldCursor(projection, snapshot, options)
  cursor.takeOne(event)
  return cursor.pending === undefined ? cursor.snapshot() : cursor.settle(event).then(() => cursor.snapshot())
}
