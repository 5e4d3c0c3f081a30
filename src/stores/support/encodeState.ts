import { StateTooLargeError } from '../../../operators/model/errors/StateTooLargeError.ts'
import { checkJson } from '../../../operators/model/json.ts'

/**
 * A state as JSON text.
 *
 * @throws {UnserializableError} JSON would change it.
 * @throws {StateTooLargeError} its text is longer than a string can be.
 */
export function encodeState(projection: string, state: unknown): string {
  checkJson(state)
  try {
    return JSON.stringify(state)
  } catch (cause) {
    // What JSON can hold has been checked: the length of the text is all that is left.
    if (cause instanceof RangeError) throw new StateTooLargeError({ projection, size: undefined }, { cause })
    throw cause
  }
}
