import { InvalidPositionError } from './errors/InvalidPositionError.ts'
import type { LogEvent } from './event.ts'

/** Whether a value can be an event's position: a positive safe integer. */
export function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/** Whether a value can be an offset to continue after: a position, or `0` for "before the first event". */
export function isOffset(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

/** The position of an event, and the position of the event before it. */
export interface Place {
  readonly id: number
  readonly previous: number
}

/**
 * Reads a message's place. Each field is read once: a foreign message may return something else the second time.
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
