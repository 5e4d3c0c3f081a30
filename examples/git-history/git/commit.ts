/** A commit as git reports it. */
export interface Commit {
  readonly hash: string
  readonly parents: readonly string[]
  readonly author: string
  readonly email: string
  /** ISO 8601 in the author's own time zone. */
  readonly authoredAt: string
  readonly subject: string
  /** Empty for a merge. */
  readonly files: readonly FileChange[]
}

/** The change of a commit to one file. */
export interface FileChange {
  readonly path: string
  /** The previous path; only if it was different. */
  readonly from?: string
  readonly added: number
  readonly deleted: number
  /** The file was deleted. */
  readonly gone?: true
}
