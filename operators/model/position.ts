import { InvalidPositionError } from './errors/InvalidPositionError.ts'
import type { LogEvent } from './event.ts'

/** Tells whether a value can be an event's position: a positive safe integer. */
export function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/** Tells whether a value can be a place to continue after: a position, or `0` for "before the first event". */
export function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** Where an event stands, and which one came before it. */
export interface Place {
  readonly id: number
  readonly previous: number
}

/**
 * Reads a message's place. Each field is read once: what a foreign message answers to a second look may be something else.
 *
 * @throws {InvalidPositionError} when its `id` or `previous` cannot be a position.
 */
export function placeOf(message: LogEvent): Place {
  const id: unknown = (message as LogEvent | null | undefined)?.id
  if (!isPosition(id)) throw new InvalidPositionError('id', id, message)
  const { previous } = message
  if (previous !== undefined && !(isOffset(previous) && previous < id)) {
    throw new InvalidPositionError('previous', previous, message)
  }
  return { id, previous: previous ?? id - 1 }
}
