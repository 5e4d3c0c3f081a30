import { inspect } from '../../../operators/model/errors/inspect.ts'
import type { EventMark } from '../../../operators/model/mark.ts'
import { isPosition } from '../../../operators/model/position.ts'
import { checkName } from './checkArguments.ts'

/** @throws {TypeError | RangeError} when a mark is given and is none; `name` is what it is called in messages. */
export function checkMark(name: string, mark: EventMark | undefined): void {
  if (mark === undefined) return
  if (typeof mark !== 'object' || mark === null) {
    throw new TypeError(`${name} must be the mark of an event, not ${inspect(mark)}`)
  }
  const { position, stream, revision, recordedAt } = mark
  if (!isPosition(position)) throw new RangeError(`${name}.position must be a position, not ${inspect(position)}`)
  checkName(`${name}.stream`, stream)
  if (revision !== undefined && !isPosition(revision)) {
    throw new RangeError(`${name}.revision must be a revision, not ${inspect(revision)}`)
  }
  if (recordedAt !== undefined && typeof recordedAt !== 'string') {
    throw new TypeError(`${name}.recordedAt must be a string, not ${inspect(recordedAt)}`)
  }
}

/** A mark as text, `null` for none. Only the fields of a mark are kept. */
export function encodeMark(mark: EventMark | undefined): string | null {
  if (mark === undefined) return null
  const { position, stream, revision, recordedAt } = mark
  return JSON.stringify({ position, stream, revision, recordedAt })
}

/** The mark that a text holds, as a fresh object; `undefined` for none, and for a text that holds none: it is not checked then. */
export function decodeMark(text: string | null | undefined): EventMark | undefined {
  if (text === null || text === undefined) return undefined
  try {
    const mark: EventMark = JSON.parse(text)
    checkMark('mark', mark)
    return mark
  } catch {
    return undefined
  }
}
