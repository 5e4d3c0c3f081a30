import { type OpenStore, type ProjectionHandle, type RunHandle, startProjection, type WaitOptions } from 'rx-projection'
import type { HistoryEvent } from './events.ts'
import { type ImportedSoFar, imported } from './import/imported.ts'
import { type Activity, activity } from './projections/activity.ts'
import { type Contributors, contributors } from './projections/contributors.ts'
import { type Latest, latest } from './projections/latest.ts'
import { ownership } from './projections/ownership.ts'
import type { Folder } from './projections/tree.ts'

/** The read models of a history, live. */
export interface ReadModels extends AsyncDisposable {
  readonly imported: ProjectionHandle<ImportedSoFar>
  readonly ownership: ProjectionHandle<Folder>
  readonly activity: ProjectionHandle<Activity>
  readonly contributors: ProjectionHandle<Contributors>
  readonly latest: ProjectionHandle<Latest>
  /** All of them. */
  readonly all: readonly RunHandle[]
  /** Resolves when all have every event whose append finished before the call. */
  whenCaughtUp(options?: WaitOptions): Promise<void>
}

/**
 * A save writes the whole state, so the clock triggers it, not the number of events. The end of a run saves
 * once more. If a log on this disk cannot be read, a long wait does not help.
 */
const OPTIONS = {
  snapshotEvery: Infinity,
  snapshotAfter: 5_000,
  catchUpAfter: 1_000,
  retry: { delay: 100, entropy: 100, backoff: { factor: 2, max: 1_000 }, count: 5 },
}

/** Starts all read models on a log. Disposing of them stops them, each with a last snapshot. */
export function startReadModels(store: OpenStore<HistoryEvent>): ReadModels {
  const options = { ...OPTIONS, store }
  const models = {
    imported: startProjection(imported, options),
    ownership: startProjection(ownership, options),
    activity: startProjection(activity, options),
    contributors: startProjection(contributors, options),
    latest: startProjection(latest, options),
  }
  const all: readonly RunHandle[] = Object.values(models)
  return {
    ...models,
    all,
    async whenCaughtUp(waiting) {
      await Promise.all(all.map((model) => model.whenCaughtUp(waiting)))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((model) => model.stop({ timeout: 60_000 })))
    },
  }
}
