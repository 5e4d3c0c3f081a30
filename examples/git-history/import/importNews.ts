import { type EventLog, type ProjectionHandle, RevisionConflictError } from 'rx-projection'
import { firstValueFrom, timer } from 'rxjs'
import type { HistoryEvent } from '../events.ts'
import type { History } from '../git/History.ts'
import { importCommits } from './importCommits.ts'
import type { ImportedSoFar } from './imported.ts'

/** How long a log must have been quiet, in ms, before the import of another process counts as ended. */
const QUIET = 1_000

/** How an import went. `rewritten`: the imported commits are no longer part of the history, and nothing was appended. */
export type ImportOutcome = 'done' | 'nothing new' | 'no commits' | 'rewritten'

/** The source and the target of the commits, and the callback for progress. */
export interface NewsImport {
  readonly history: History
  readonly events: EventLog<HistoryEvent>
  readonly imported: ProjectionHandle<ImportedSoFar>
  readonly signal?: AbortSignal
  /** Receives the number of commits before the first one of an import. */
  readonly onStart?: (total: number) => void
  readonly onProgress?: (commits: number) => void
}

/** Brings the log up to the head of the history. */
export async function importNews({
  history,
  events,
  imported,
  signal,
  ...listener
}: NewsImport): Promise<ImportOutcome> {
  for (;;) {
    const { state, offset } = await imported.snapshot({ timeout: Infinity, signal })
    const head = await history.head()
    if (head === undefined) return state.commits === 0 ? 'no commits' : 'rewritten'
    if (state.newest.length === 1 && state.newest[0] === head) return 'nothing new'
    if (!(await history.contains(state, head))) return 'rewritten'
    const total = await history.count(state, head)
    if (total === 0) return 'nothing new'
    listener.onStart?.(total)
    try {
      // All events are in one stream, alone in their log, so the position in the log is the revision of the stream.
      await importCommits({ history, events, imported: state, revision: offset, head, signal, ...listener })
      return 'done'
    } catch (error) {
      if (!(error instanceof RevisionConflictError)) throw error
      await quiet(imported, signal)
    }
  }
}

/** Another process imports into the same log: this process need not append the same events again. */
async function quiet(imported: ProjectionHandle<ImportedSoFar>, signal?: AbortSignal): Promise<void> {
  let before: number
  do {
    signal?.throwIfAborted()
    before = (await imported.snapshot({ signal })).offset
    await firstValueFrom(timer(QUIET))
  } while ((await imported.snapshot({ signal })).offset > before)
}
