/** A commit as git tells it. */
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

/** What a commit did to one file. */
export interface FileChange {
  readonly path: string
  /** The path before; only where it was another. */
  readonly from?: string
  readonly added: number
  readonly deleted: number
  /** The file is no more. */
  readonly gone?: true
}
