import type { EventMark } from '../../../operators/model/mark.ts'
import { checkMark } from './checkArguments.ts'

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
