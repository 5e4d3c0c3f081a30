import { checkGiven, checkProjection } from './checkFold.ts'
import type { EventMark } from './mark.ts'
import type { AnyProjection } from './projection.ts'

/** The state after every event up to and including `offset`. */
export interface Snapshot<State> {
  /** The position of the last event in the state; `0` before the first. */
  readonly offset: number
  readonly state: State
  /**
   * Identifies the last event in the state, so that a restart detects another log. Absent: the log is not checked. On a
   * snapshot that a store loads, the property is not enumerable; see {@link withMark}.
   */
  readonly mark?: EventMark
}

/** A snapshot as a fold emits it, with the number of events folded. */
export interface ProjectedSnapshot<State> extends Snapshot<State> {
  /** The number of events folded since the previous emitted snapshot; ignored events do not count. */
  readonly events: number
}

/**
 * The snapshot before the first event: offset 0 and a fresh initial state.
 *
 * @throws {TypeError} the value is not a projection.
 */
export function initialSnapshot<State>(projection: AnyProjection<State>): Snapshot<State> {
  checkProjection(projection)
  return { offset: 0, state: projection.initialState() }
}

/**
 * Adds a mark to a snapshot, as a `mark` property that is not enumerable. Code that compares, prints or copies the snapshot
 * sees only its offset and its state, and a store finds the mark. Without a mark, the result is a plain snapshot.
 *
 * @throws {TypeError} the value is not a snapshot.
 */
export function withMark<State>(snapshot: Snapshot<State>, mark: EventMark | undefined): Snapshot<State> {
  checkGiven('snapshot', snapshot)
  const { offset, state } = snapshot
  const plain = { offset, state }
  return mark === undefined ? plain : Object.defineProperty(plain, 'mark', { value: mark })
}
