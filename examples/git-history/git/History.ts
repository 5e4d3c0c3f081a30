import type { Observable } from 'rxjs'
import type { Commit } from './commit.ts'

/** What the history that was imported so far ends and begins with. */
export interface Imported {
  /** The imported commits that no other imported commit has as a parent. */
  readonly newest: readonly string[]
  /** The imported commits without a parent. */
  readonly roots: readonly string[]
}

/** A history to import: a git repository's, or the sample's. */
export interface History {
  /** What to call it before a user. */
  readonly title: string
  /** What a user should know about it, a line each. */
  readonly remarks: readonly string[]
  /** The file in which its log is kept unless the user says otherwise. */
  readonly defaultLog: string
  /** The commit that it stands at; `undefined` while it has none. */
  head(): Promise<string | undefined>
  /** Whether all that was imported is still part of it: what `head` comes from, as far back as the repository goes. */
  contains(imported: Imported, head: string): Promise<boolean>
  /** How many commits `head` comes from, without what was imported. */
  count(imported: Imported, head: string): Promise<number>
  /** These commits, parents before children. */
  commits(imported: Imported, head: string, signal?: AbortSignal): AsyncIterable<readonly Commit[]>
  /** Emits when the head may have moved; absent where it never will. */
  readonly changes$?: Observable<void>
}
