import { defineProjection } from 'rx-projection'
import type { HistoryEvent, LinesChanged } from '../events.ts'

/** A commit in one line. */
export interface LatestCommit {
  readonly commit: string
  readonly author: string
  readonly subject: string
  readonly merge: boolean
  readonly files: number
  readonly added: number
  readonly deleted: number
}

/** The latest commits and the total number of commits. */
export interface Latest {
  readonly commits: number
  /** Oldest first. */
  readonly newest: readonly LatestCommit[]
}

const KEPT = 10

/** The latest commits, with the changes of each. */
export const latest = defineProjection<Latest, HistoryEvent>({
  name: 'latest',
  initialState: () => ({ commits: 0, newest: [] }),
  on: {
    CommitRecorded: ({ commits, newest }, { payload: { commit, author, subject, parents } }) => ({
      commits: commits + 1,
      newest: [
        ...newest.slice(newest.length === KEPT ? 1 : 0),
        { commit, author, subject, merge: parents.length > 1, files: 0, added: 0, deleted: 0 },
      ],
    }),
    FileChanged: (state, { payload }) => withFile(state, payload),
    FileRenamed: (state, { payload }) => withFile(state, payload),
    FileDeleted: (state, { payload }) => withFile(state, payload),
  },
})

/** Files follow their commit, so it is the latest one. */
function withFile({ commits, newest }: Latest, { added, deleted }: LinesChanged): Latest {
  const commit = newest.at(-1)
  if (commit === undefined) return { commits, newest }
  const { files, added: more, deleted: fewer } = commit
  return {
    commits,
    newest: newest.with(-1, { ...commit, files: files + 1, added: more + added, deleted: fewer + deleted }),
  }
}
