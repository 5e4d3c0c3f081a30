import { checkJson } from '../../../operators/model/json.ts'
import { StateTooLargeError } from '../../../operators/ports/errors/StateTooLargeError.ts'

/** How many bytes a character of JSON text takes at the most. */
const BYTES = 3

/**
 * The JSON text of a state.
 *
 * @param name under which name it is saved.
 * @param most how many bytes the store can hold in one value; absent: as many as there are.
 * @throws {UnserializableError} when JSON would change it.
 * @throws {StateTooLargeError} when no string, or no value of the store, can hold it.
 */
export function encodeState(name: string, state: unknown, most: number = Infinity): string {
  checkJson(state)
  let text: string
  try {
    text = JSON.stringify(state)
  } catch (cause) {
    // What has passed the check fails for its length alone, unless something in it throws when it is looked at.
    if (!(cause instanceof RangeError)) throw cause
    throw new StateTooLargeError({ projection: name, size: undefined }, { cause })
  }
  // Bytes are counted only where they may be too many.
  const bytes = text.length * BYTES > most ? Buffer.byteLength(text) : 0
  if (bytes > most) {
    throw tooLarge(name, text, new RangeError(`it takes ${bytes} bytes, and a value can have ${most}`))
  }
  return text
}

/** Says that a store, or its driver, finds the text of a state too long. */
export function tooLarge(name: string, text: string, cause: unknown): StateTooLargeError {
  return new StateTooLargeError({ projection: name, size: text.length }, { cause })
}
