import { defineProjection } from 'rx-projection'
import type { HistoryEvent } from '../events.ts'
import type { Imported } from '../git/History.ts'

/** Where the import stands: what has been imported, told by the log itself. */
export interface ImportedSoFar extends Imported {
  readonly commits: number
  /** The commit that was imported last. */
  readonly last: string | null
}

/**
 * What the log holds already. Parents come before children in it, so the commits without a child in the log bound it: git
 * leaves out all that these come from, and what remains is what to import, also after an import that was cut short.
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
