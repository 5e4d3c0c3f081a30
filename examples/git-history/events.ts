/**
 * The events in the log of a git history. All are in one stream, {@link HISTORY}: a commit's events are side by
 * side, parents before their children, so a reader of the log sees every file as the author of the commit saw it.
 *
 * Each event contains all that a read model needs: a `FileChanged` names its author, so that no fold has to
 * remember which commit it is in.
 */
export type HistoryEvent = CommitRecorded | FileChanged | FileRenamed | FileDeleted

/** The stream of all events: one repository has one history. */
export const HISTORY = 'history'

/** A commit. A merge is one too. No file events follow it, because its changes have already been recorded. */
export interface CommitRecorded {
  readonly type: 'CommitRecorded'
  readonly payload: {
    readonly commit: string
    readonly parents: readonly string[]
    /** The author's name, after the repository's `.mailmap`. */
    readonly author: string
    readonly email: string
    /** When it was written, on the author's own clock: `2026-11-21T09:30:00+01:00`. */
    readonly authoredAt: string
    readonly subject: string
  }
}

/** How much of a file a commit changed. A binary file has no lines: both are 0. */
export interface LinesChanged {
  readonly commit: string
  readonly author: string
  readonly added: number
  readonly deleted: number
}

/** A file was created or changed. */
export interface FileChanged {
  readonly type: 'FileChanged'
  readonly payload: LinesChanged & { readonly path: string }
}

/** A file got another path, and possibly other content. */
export interface FileRenamed {
  readonly type: 'FileRenamed'
  readonly payload: LinesChanged & { readonly from: string; readonly path: string }
}

/** A file was deleted, with all its lines. */
export interface FileDeleted {
  readonly type: 'FileDeleted'
  readonly payload: LinesChanged & { readonly path: string }
}
