import { ellipsisOf, paint, type Style } from './Style.ts'
import { inColumns, widthOf } from './text.ts'

/** A column of a table. */
export interface Column {
  readonly title: string
  /** Aligns numbers to the right. */
  readonly align?: 'left' | 'right'
  /** Makes the column narrower when the table is too wide, and says which end of its texts to leave out. */
  readonly shrink?: 'start' | 'end'
  /** No narrower than this. */
  readonly least?: number
}

const GAP = 2

/** A table as lines that fit the width. Columns are as wide as their content, until those that may shrink have to. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], style: Style): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[index] as string))),
  )
  shrink(columns, widths, style.width - 1 - GAP * columns.length)
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => {
        const { align = 'left', shrink: cut = 'end' } = columns[index] as Column
        return (
          ' '.repeat(GAP) + inColumns(cell, widths[index] as number, { from: align, cut, ellipsis: ellipsisOf(style) })
        )
      })
      .join('')
      .trimEnd()
  return [paint(style, 'quiet', line(columns.map(({ title }) => title))), ...rows.map(line)]
}

/** Shrinks the widest of the columns that may shrink, one character at a time, until the table fits. */
function shrink(columns: readonly Column[], widths: number[], room: number): void {
  for (let excess = widths.reduce((sum, width) => sum + width, 0) - room; excess > 0; excess--) {
    let widest = -1
    columns.forEach(({ shrink: cut, least = 8 }, index) => {
      const width = widths[index] as number
      if (cut !== undefined && width > least && (widest === -1 || width > (widths[widest] as number))) widest = index
    })
    if (widest === -1) return
    widths[widest] = (widths[widest] as number) - 1
  }
}
