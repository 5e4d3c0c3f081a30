import { paint, type Style } from './Style.ts'
import { grouped } from './text.ts'

const ROWS = 6
const EIGHTHS = ['', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** How many bars fit in a chart of this width. */
export function barsIn({ width }: Style): number {
  return width - 11
}

/**
 * A plot of values as upright bars, with the scale at the left and the labels of the first and the last bar below.
 *
 * @param first, last the labels of the first and the last bar.
 */
export function barChart(values: readonly number[], first: string, last: string, style: Style): string[] {
  const highest = Math.max(1, ...values)
  const barWidth = Math.min(4, Math.max(1, Math.floor(barsIn(style) / Math.max(values.length, 1))))
  const scale = Math.max(grouped(highest).length, 4)
  const lines: string[] = []
  for (let row = ROWS - 1; row >= 0; row--) {
    const bars = values.map((value) => bar(value / highest, row, barWidth, style)).join('')
    const label = row === ROWS - 1 ? grouped(highest) : ''
    lines.push(`  ${label.padStart(scale)} ${style.unicode ? '│' : '|'}${paint(style, 'bar', bars.trimEnd())}`)
  }
  const chart = barWidth * values.length
  const floor = (style.unicode ? '─' : '-').repeat(chart)
  lines.push(`  ${'0'.padStart(scale)} ${style.unicode ? '└' : '+'}${floor}`)
  const space = chart - first.length - last.length
  const below = values.length < 2 || space < 1 ? first : first + ' '.repeat(space) + last
  lines.push(paint(style, 'quiet', `  ${' '.repeat(scale)}  ${below}`))
  return lines
}

/** One row of one bar. A value above zero is never invisible. */
function bar(part: number, row: number, width: number, { unicode }: Style): string {
  const steps = unicode ? 8 : 1
  const height = part === 0 ? 0 : Math.max(1, Math.round(part * ROWS * steps))
  const here = Math.min(Math.max(height - row * steps, 0), steps)
  const sign = unicode ? (EIGHTHS[here] as string) : here > 0 ? '#' : ''
  const filled = width > 1 ? width - 1 : 1
  return (sign || ' ').repeat(filled) + ' '.repeat(width - filled)
}
