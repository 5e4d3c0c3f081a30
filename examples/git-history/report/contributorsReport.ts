import type { Contributors } from '../projections/contributors.ts'
import { listEntries } from '../projections/entries.ts'
import { paint, type Style } from '../terminal/Style.ts'
import { table } from '../terminal/table.ts'
import { counted, grouped, harmless } from '../terminal/text.ts'

const ROWS = 8

/** The authors with the most commits, and whether they are still active. */
export function contributorsReport(contributors: Contributors, style: Style): string[] {
  const all = listEntries(contributors).sort(([, one], [, other]) => other.commits - one.commits)
  const rows = all
    .slice(0, ROWS)
    .map(([author, { commits, lines, first, last }]) => [
      harmless(author),
      grouped(commits),
      grouped(lines),
      first,
      last,
    ])
  const more = all.length - rows.length
  return [
    paint(style, 'heading', 'People'),
    ...table(
      [
        { title: 'author', shrink: 'end' },
        { title: 'commits', align: 'right' },
        { title: 'lines', align: 'right' },
        { title: 'first commit' },
        { title: 'last commit' },
      ],
      rows,
      style,
    ),
    ...(more > 0 ? [paint(style, 'quiet', `  and ${counted(more, 'more', 'more')}`)] : []),
  ]
}
