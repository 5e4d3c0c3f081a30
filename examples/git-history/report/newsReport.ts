import { busFactor } from '../projections/busFactor.ts'
import type { Contributors } from '../projections/contributors.ts'
import { listEntries } from '../projections/entries.ts'
import type { Latest, LatestCommit } from '../projections/latest.ts'
import type { Folder } from '../projections/tree.ts'
import { ellipsisOf, paint, type Style } from '../terminal/Style.ts'
import { counted, grouped, harmless, inColumns } from '../terminal/text.ts'

/** The commits after the first `shown`, one line each. */
export function newCommits({ commits, newest }: Latest, shown: number, style: Style): string[] {
  const news = newest.slice(-(commits - shown))
  const before = commits - shown - news.length
  return [
    ...(before > 0 ? [paint(style, 'quiet', `  (${counted(before, 'commit')} before these)`)] : []),
    ...news.map((commit) => commitLine(commit, style)),
  ]
}

function commitLine({ commit, author, subject, merge, files, added, deleted }: LatestCommit, style: Style): string {
  const change = merge ? 'merge' : `${counted(files, 'file')} +${grouped(added)} -${grouped(deleted)}`
  const ellipsis = ellipsisOf(style)
  const room = style.width - 9 - 20 - change.length - 4
  const name = inColumns(harmless(author), 18, { ellipsis })
  return `${paint(style, 'bar', commit.slice(0, 7))}  ${name}  ${inColumns(harmless(subject), room, { ellipsis })}  ${change}`
}

/** The current totals, in one line. */
export function totals({ commits }: Latest, root: Folder, contributors: Contributors, style: Style): string {
  const people = listEntries(contributors).length
  const parts = [
    counted(commits, 'commit'),
    counted(people, 'person', 'people'),
    counted(root.living, 'file'),
    `bus factor ${busFactor(root)}`,
  ]
  return paint(style, 'quiet', `         now ${parts.join(', ')}`)
}
