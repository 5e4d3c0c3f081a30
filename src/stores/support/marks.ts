import type { EventMark } from '../../../operators/model/mark.ts'
import { checkMark } from './checkArguments.ts'

/** Encodes a mark as text, `null` for none. Keeps only the fields of a mark. */
export function encodeMark(mark: EventMark | undefined): string | null {
  if (mark === undefined) return null
  const { position, stream, revision, recordedAt } = mark
  return JSON.stringify({ position, stream, revision, recordedAt })
}

/**
 * Decodes the mark of a text into a new object. Returns `undefined` for no text, and for a text without a valid mark: then nobody
 * checks the mark.
 */
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
