import { defineProjection } from 'rx-projection'
import type { HistoryEvent, LinesChanged } from '../events.ts'
import { type Entries, entry, withEntry } from './entries.ts'

/** The work of one author. */
export interface Contributor {
  readonly commits: number
  readonly lines: number
  /** The days of the first and the last commit, such as `2026-11-21`, on the author's own calendar. */
  readonly first: string
  readonly last: string
}

export type Contributors = Entries<Contributor>

/** All authors: their commits, their changed lines, and the days of their first and last commit. */
export const contributors = defineProjection<Contributors, HistoryEvent>({
  name: 'contributors',
  initialState: () => null,
  on: {
    CommitRecorded: (all, { payload: { author, authoredAt } }) => {
      const day = authoredAt.slice(0, 10)
      const known = entry(all, author)
      return withEntry(all, author, {
        commits: (known?.commits ?? 0) + 1,
        lines: known?.lines ?? 0,
        first: known === undefined || day < known.first ? day : known.first,
        last: known === undefined || day > known.last ? day : known.last,
      })
    },
    FileChanged: (all, { payload }) => withLines(all, payload),
    FileRenamed: (all, { payload }) => withLines(all, payload),
    FileDeleted: (all, { payload }) => withLines(all, payload),
  },
})

function withLines(all: Contributors, { author, added, deleted }: LinesChanged): Contributors {
  const known = entry(all, author)
  // Its commit comes before it, so its author is known.
  return known === undefined ? all : withEntry(all, author, { ...known, lines: known.lines + added + deleted })
}
