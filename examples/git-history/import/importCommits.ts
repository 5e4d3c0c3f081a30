import type { EventLog } from 'rx-projection'
import { HISTORY, type HistoryEvent } from '../events.ts'
import type { History, Imported } from '../git/History.ts'
import { commitEvents } from './commitEvents.ts'

/** A batch is appended when it has this many events, … */
const BATCH_EVENTS = 1_000
/** … or when it is this old, in ms, and git has nothing more ready: the view then shows it while git continues. */
const BATCH_AGE = 200

/** The commits to import, and their target. */
export interface ImportJob {
  readonly history: History
  readonly events: EventLog<HistoryEvent>
  /** The commits in the log, and its revision. */
  readonly imported: Imported
  readonly revision: number
  /** The commit to import up to. */
  readonly head: string
  readonly signal?: AbortSignal
  /** Receives the number of commits in the log after each append. */
  readonly onProgress?: (commits: number) => void
}

/**
 * Appends the commits that the log does not have, in batches of whole commits. An interrupted import leaves no
 * partial commit, and the next one continues from there. Memory holds one batch.
 *
 * @returns the revision of the stream now.
 * @throws {RevisionConflictError} another process appended to the same log.
 */
export async function importCommits({ history, events, imported, head, signal, ...job }: ImportJob): Promise<number> {
  let revision = job.revision
  let commits = 0
  let batch: HistoryEvent[] = []
  let began = Date.now()
  const append = async (): Promise<void> => {
    const appended = await events.append(HISTORY, batch, { expectedRevision: revision })
    revision = appended.revision
    batch = []
    began = Date.now()
    job.onProgress?.(commits)
  }
  for await (const ready of history.commits(imported, head, signal)) {
    for (const commit of ready) {
      for (const event of commitEvents(commit)) batch.push(event)
      commits += 1
      if (batch.length >= BATCH_EVENTS) await append()
    }
    if (batch.length > 0 && Date.now() - began >= BATCH_AGE) await append()
  }
  if (batch.length > 0) await append()
  return revision
}
