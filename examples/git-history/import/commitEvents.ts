import type { HistoryEvent } from '../events.ts'
import type { Commit } from '../git/commit.ts'

/** The events of a commit: the commit itself first, then each of its files. */
export function commitEvents({ hash, parents, author, email, authoredAt, subject, files }: Commit): HistoryEvent[] {
  const events: HistoryEvent[] = [
    { type: 'CommitRecorded', payload: { commit: hash, parents, author, email, authoredAt, subject } },
  ]
  for (const { path, from, added, deleted, gone } of files) {
    const lines = { commit: hash, author, added, deleted }
    if (from !== undefined) events.push({ type: 'FileRenamed', payload: { from, path, ...lines } })
    else events.push({ type: gone ? 'FileDeleted' : 'FileChanged', payload: { path, ...lines } })
  }
  return events
}
