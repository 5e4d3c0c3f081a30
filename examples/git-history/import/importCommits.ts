import type { EventLog } from 'rx-projection'
import { HISTORY, type HistoryEvent } from '../events.ts'
import type { History, Imported } from '../git/History.ts'
import { commitEvents } from './commitEvents.ts'

/** A batch is appended when it has so many events, … */
const BATCH_EVENTS = 1_000
/** … or is so old, in ms, when git has nothing more ready: what is there is shown while git works on. */
const BATCH_AGE = 200

/** What to import, and to where. */
export interface ImportJob {
  readonly history: History
  readonly events: EventLog<HistoryEvent>
  /** What is in the log, and up to which revision. */
  readonly imported: Imported
  readonly revision: number
  /** The commit to import up to. */
  readonly head: string
  readonly signal?: AbortSignal
  /** Told after each append how many commits are in the log by now. */
  readonly onProgress?: (commits: number) => void
}

/**
 * Appends the commits that the log does not have, in batches of whole commits: an import that is cut short has left no
 * half of a commit, and the next one goes on from there. Memory holds a batch.
 *
 * @returns the revision of the stream now.
 * @throws {RevisionConflictError} somebody else appended to the same log.
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
