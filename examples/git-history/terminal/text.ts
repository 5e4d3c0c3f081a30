const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u

/** Characters that a terminal could take for a command, or that could change the direction of the surrounding text. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/**
 * Makes foreign text safe to print, such as a file's name or a commit's subject: it cannot control the
 * terminal.
 */
export function harmless(text: string): string {
  return text.toWellFormed().replace(CONTROLS, '\ufffd')
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}

/** The text in exactly this many columns. If it is too long, an ellipsis replaces its end or its beginning. */
export function inColumns(
  text: string,
  columns: number,
  { from = 'left', cut = 'end', ellipsis = '…' }: FitOptions = {},
): string {
  const short = widthOf(text) <= columns ? text : shortened(text, columns, cut, ellipsis)
  const space = ' '.repeat(columns - widthOf(short))
  return from === 'left' ? short + space : space + short
}

/** How to fit a text. */
export interface FitOptions {
  /** The side where it begins. */
  readonly from?: 'left' | 'right'
  /** The part to leave out. */
  readonly cut?: 'start' | 'end'
  readonly ellipsis?: string
}

function shortened(text: string, columns: number, cut: 'start' | 'end', ellipsis: string): string {
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment)
  if (cut === 'start') parts.reverse()
  const kept: string[] = []
  let room = columns - widthOf(ellipsis)
  for (const part of parts) {
    room -= widthOf(part)
    if (room < 0) break
    kept.push(part)
  }
  return cut === 'start' ? ellipsis + kept.reverse().join('') : kept.join('') + ellipsis
}

/** A text in lines of at most this many columns, broken between words. A longer word gets its own line. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && widthOf(`${line} ${word}`) <= columns) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

const numbers = new Intl.NumberFormat('en-US')

/** A whole number, its thousands apart: `12,345`. */
export function grouped(value: number): string {
  return numbers.format(Math.round(value))
}

/** `1 commit`, `2 commits`, `12,345 commits`. */
export function counted(value: number, one: string, many: string = `${one}s`): string {
  return `${grouped(value)} ${value === 1 ? one : many}`
}

/** A part of a whole: `61%`. */
export function percent(part: number): string {
  return part > 0 && part < 0.01 ? '<1%' : `${Math.round(part * 100)}%`
}

/** A duration in ms: `340 ms`, `2.4 s`, `3 min 12 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
