import type { Observable } from 'rxjs'
import type { Commit } from './commit.ts'

/** The ends and the beginnings of the imported history. */
export interface Imported {
  /** The imported commits that no other imported commit has as a parent. */
  readonly newest: readonly string[]
  /** The imported commits without a parent. */
  readonly roots: readonly string[]
}

/** A history to import: a git repository's, or the sample's. */
export interface History {
  /** Its name for users. */
  readonly title: string
  /** Notes for the user, one line each. */
  readonly remarks: readonly string[]
  /** The default file of its log. */
  readonly defaultLog: string
  /** Its current commit; `undefined` while it has none. */
  head(): Promise<string | undefined>
  /** Whether it still contains all imported commits: `head` and its ancestors, as far back as the repository goes. */
  contains(imported: Imported, head: string): Promise<boolean>
  /** How many ancestors `head` has, itself included, without the imported ones. */
  count(imported: Imported, head: string): Promise<number>
  /** These commits, parents before children. */
  commits(imported: Imported, head: string, signal?: AbortSignal): AsyncIterable<readonly Commit[]>
  /** Emits when the head may have moved; absent if it never moves. */
  readonly changes$?: Observable<void>
}
