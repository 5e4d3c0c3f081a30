import { defineProjection } from 'rx-projection'
import type { HistoryEvent } from '../events.ts'
import type { Imported } from '../git/History.ts'

/** The state of the import, derived from the log itself. */
export interface ImportedSoFar extends Imported {
  readonly commits: number
  /** The last imported commit. */
  readonly last: string | null
}

/**
 * The commits that the log already holds. Parents come before children, so the commits without a child in the log bound it. Git
 * leaves out these and their ancestors. The remaining commits are to be imported, even after an interrupted import.
 */
export const imported = defineProjection<ImportedSoFar, HistoryEvent>({
  name: 'imported',
  initialState: () => ({ commits: 0, newest: [], roots: [], last: null }),
  ignore: ['FileChanged', 'FileRenamed', 'FileDeleted'],
  on: {
    CommitRecorded: ({ commits, newest, roots }, { payload: { commit, parents } }) => ({
      commits: commits + 1,
      newest: [...newest.filter((hash) => !parents.includes(hash)), commit],
      roots: parents.length === 0 ? [...roots, commit] : roots,
      last: commit,
    }),
  },
})
