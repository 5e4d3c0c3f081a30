import { retryWithJitter } from 'rx-projection/operators'
import { type SqliteStore, sqlite } from 'rx-projection/sqlite'
import { combineLatest, concatMap, defer, filter, firstValueFrom, map, merge, switchMap, timer } from 'rxjs'
import { aborted } from './aborted.ts'
import type { Arguments } from './arguments.ts'
import type { HistoryEvent } from './events.ts'
import type { History } from './git/History.ts'
import { GitError } from './git/runGit.ts'
import { type ImportOutcome, importNews } from './import/importNews.ts'
import type { RunStatistics } from './RunStatistics.ts'
import { type ReadModels, startReadModels } from './readModels.ts'
import type { View } from './View.ts'

/** What a session is about. */
export interface SessionJob {
  readonly history: History
  readonly logFile: string
  readonly options: Arguments
  readonly view: View
  readonly signal: AbortSignal
  readonly statistics: RunStatistics
}

/** How a session ended. `rewritten`: this log is no longer part of the history, so a new one must begin. */
export type Ending = 'done' | 'interrupted' | 'rewritten'

/** Work that takes less than this, in ms, needs no progress display. */
const PATIENCE = 300
/** While watching, an import of fewer commits than this needs none either. */
const MANY = 1_000

/** One log, from its opening to its end. */
export class Session {
  private readonly job: SessionJob

  constructor(job: SessionJob) {
    this.job = job
  }

  async run(): Promise<Ending> {
    const { job } = this
    await using store = sqlite<HistoryEvent>(job.logFile, { synchronous: 'normal' })
    job.view.title(job.history.title, job.history.remarks)
    await using models = startReadModels(store)
    for (const model of models.all) job.statistics.add(model)
    job.statistics.troubles$.subscribe((trouble) => job.view.warning(trouble))
    let shown = false
    try {
      await this.catchUp(store, models)
      const outcome = await this.importNews(store, models)
      if (outcome === 'rewritten') return 'rewritten'
      await models.whenCaughtUp({ signal: job.signal })
      if (outcome === 'no commits') job.view.remark('There is no commit yet.')
      else job.view.report(models, job.options.path, new Date().toISOString().slice(0, 10))
      shown = true
      if (job.options.watch) return await this.watch(store, models)
      return 'done'
    } catch (error) {
      if (!job.signal.aborted) throw error
      // A watch ends only in this way.
      return shown ? 'done' : 'interrupted'
    } finally {
      job.view.progress.stop()
    }
  }

  /** Waits until the read models have folded the events that the log already held. */
  private async catchUp(store: SqliteStore<HistoryEvent>, models: ReadModels): Promise<void> {
    const { view, signal } = this.job
    const { head } = await store.events.read({ after: 0, limit: 1 })
    const slowest$ = combineLatest(models.all.map(({ position$ }) => position$)).pipe(map((all) => Math.min(...all)))
    let started = false
    const display = timer(PATIENCE)
      .pipe(switchMap(() => slowest$))
      .subscribe((position) => {
        if (!started) view.progress.start('Folding', head, 'event', position)
        started = true
        view.progress.update(position)
      })
    try {
      await models.whenCaughtUp({ signal })
    } finally {
      display.unsubscribe()
      view.progress.stop()
    }
  }

  private async importNews(
    store: SqliteStore<HistoryEvent>,
    models: ReadModels,
    watching = false,
  ): Promise<ImportOutcome> {
    const { history, view, signal, statistics } = this.job
    let counted = 0
    const outcome = await importNews({
      history,
      events: store.events,
      imported: models.imported,
      signal,
      onStart: (total) => {
        counted = 0
        if (!watching || total >= MANY) view.progress.start('Importing', total, 'commit')
      },
      onProgress: (commits) => {
        statistics.commits += commits - counted
        counted = commits
        view.progress.update(commits)
      },
    })
    view.progress.stop()
    return outcome
  }

  /** Imports new commits until the history is rewritten or the signal is aborted. */
  private async watch(store: SqliteStore<HistoryEvent>, models: ReadModels): Promise<Ending> {
    const { history, view, signal } = this.job
    if (history.changes$ === undefined) {
      view.remark('There is nothing to watch: the sample never changes.')
      return 'done'
    }
    view.remark('Watching for new commits. Ctrl-C ends.')
    const import$ = defer(() => this.importNews(store, models, true)).pipe(
      // Git may be in the middle of something, such as packing its refs.
      retryWithJitter({ delay: 100, entropy: 100, backoff: { factor: 2, max: 1_000 }, count: 5, retryIf: isGitError }),
    )
    const rewritten$ = history.changes$.pipe(
      // Skips none: an import that is already running may miss a later change.
      concatMap(() => import$),
      filter((outcome) => outcome === 'rewritten'),
    )
    await firstValueFrom(merge(rewritten$, view.follow(models), aborted(signal)))
    return 'rewritten'
  }
}

function isGitError(error: unknown): boolean {
  return error instanceof GitError
}
