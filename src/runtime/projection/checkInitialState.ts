import { messageOf } from '../../../operators/model/errors/messageOf.ts'
import { type AnyProjection, InvalidProjectionError } from '../../../operators/model/index.ts'
import { checkJson } from '../../../operators/model/json.ts'

/**
 * Rejects a state that cannot be stored in a snapshot when the projection starts, not at the first save.
 *
 * @throws {InvalidProjectionError} `initialState` throws, or JSON would change the state that it returns.
 */
export function checkInitialState<State>({ initialState }: AnyProjection<State>): void {
  let state: unknown
  try {
    state = initialState()
    checkJson(state)
  } catch (cause) {
    const expected = `a function whose state a snapshot can hold (${messageOf(cause)})`
    throw new InvalidProjectionError('initialState', state, expected, { cause })
  }
}
