import { checkGiven, checkProjection } from './checkFold.ts'
import type { EventMark } from './mark.ts'
import type { AnyProjection } from './projection.ts'

/** The state after every event up to and including `offset`. */
export interface Snapshot<State> {
  /** The position of the last event in the state; `0` before the first. */
  readonly offset: number
  readonly state: State
  /**
   * Identifies the last event in the state, so that a restart notices another log. Absent: it is not checked. What a store
   * loads has it as a property that is not enumerable; see {@link withMark}.
   */
  readonly mark?: EventMark
}

/** A snapshot as a fold emits it, with how much it folded to get there. */
export interface ProjectedSnapshot<State> extends Snapshot<State> {
  /** How many events the state took in since the snapshot emitted before; ignored events do not count. */
  readonly events: number
}

/**
 * The snapshot before the first event: offset 0 and a fresh initial state.
 *
 * @throws {TypeError} the projection is none.
 */
export function initialSnapshot<State>(projection: AnyProjection<State>): Snapshot<State> {
  checkProjection(projection)
  return { offset: 0, state: projection.initialState() }
}

/**
 * A snapshot with its mark beside it: as `mark`, not enumerable. So whoever compares, prints or copies the snapshot meets its
 * offset and its state alone, and a store finds the mark. Without a mark it is a plain snapshot.
 *
 * @throws {TypeError} the snapshot is none.
 */
export function withMark<State>(snapshot: Snapshot<State>, mark: EventMark | undefined): Snapshot<State> {
  checkGiven('snapshot', snapshot)
  const { offset, state } = snapshot
  const plain = { offset, state }
  return mark === undefined ? plain : Object.defineProperty(plain, 'mark', { value: mark })
}
