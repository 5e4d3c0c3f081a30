import { checkJson } from '../../../operators/model/json.ts'
import { StateTooLargeError } from '../../../operators/ports/errors/StateTooLargeError.ts'

/** The maximum number of bytes per character of JSON text. */
const BYTES = 3

/**
 * Encodes a state as JSON text.
 *
 * @param name the name under which the state is saved.
 * @param most the maximum number of bytes in a value of the store; absent: unlimited.
 * @throws {UnserializableError} JSON would change the state.
 * @throws {StateTooLargeError} the state does not fit into a string, or into a value of the store.
 */
export function encodeState(name: string, state: unknown, most: number = Infinity): string {
  checkJson(state)
  let text: string
  try {
    text = JSON.stringify(state)
  } catch (cause) {
    // A checked state can fail only because of its length, unless reading it throws.
    if (!(cause instanceof RangeError)) throw cause
    throw new StateTooLargeError({ projection: name, size: undefined }, { cause })
  }
  // Count bytes only if they may exceed the limit.
  const bytes = text.length * BYTES > most ? Buffer.byteLength(text) : 0
  if (bytes > most) {
    throw tooLarge(name, text, new RangeError(`it takes ${bytes} bytes, and a value can have ${most}`))
  }
  return text
}

/** Creates the error for a state whose text is too long for a store or its driver. */
export function tooLarge(name: string, text: string, cause: unknown): StateTooLargeError {
  return new StateTooLargeError({ projection: name, size: text.length }, { cause })
}
