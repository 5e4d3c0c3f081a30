import type { WriteStream } from 'node:tty'

/** The abilities of an output. */
export interface Style {
  /** Columns: 80 if unknown, and at most 120, because longer lines are hard to read. */
  readonly width: number
  readonly colour: boolean
  /** Whether it can show more than ASCII: blocks, lines, an ellipsis. */
  readonly unicode: boolean
}

/** The style for a stream: no colors if it is not a terminal, if `NO_COLOR` is set, or if the terminal is a dumb one. */
export function styleOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  environment: NodeJS.ProcessEnv,
): Style {
  const dumb = environment.TERM === 'dumb'
  return {
    width: Math.min(Math.max(stream.columns ?? 80, 40), 120),
    colour: stream.isTTY === true && !environment.NO_COLOR && !dumb,
    unicode: !dumb && environment.TERM !== 'linux' && speaksUnicode(environment),
  }
}

function speaksUnicode({ LC_ALL, LC_CTYPE, LANG, WT_SESSION }: NodeJS.ProcessEnv): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG
  return locale === undefined ? WT_SESSION !== undefined || process.platform === 'darwin' : /utf-?8/i.test(locale)
}

/** The colors in use, by purpose. */
const CODES = { heading: '1', quiet: '2', bar: '36', warning: '33' }

/** Text in a color, if the style has colors. */
export function paint(style: Style, role: keyof typeof CODES, text: string): string {
  return style.colour && text !== '' ? `\u001b[${CODES[role]}m${text}\u001b[0m` : text
}

/** The sign that replaces omitted text. */
export function ellipsisOf({ unicode }: Style): string {
  return unicode ? '…' : '..'
}

/** The output for text that a user reads. */
export type Output = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>
