import { combineLatest, debounceTime, ignoreElements, type Observable, tap } from 'rxjs'
import type { ReadModels } from './readModels.ts'
import { activityReport } from './report/activityReport.ts'
import { contributorsReport } from './report/contributorsReport.ts'
import { newCommits, totals } from './report/newsReport.ts'
import { ownershipReport, pathReport } from './report/ownershipReport.ts'
import { type RunSummary, runReport } from './report/runReport.ts'
import { ProgressDisplay } from './terminal/ProgressDisplay.ts'
import { type Output, paint, type Style, styleOf } from './terminal/Style.ts'
import { harmless } from './terminal/text.ts'

/** How long the read models may take to agree, in ms, before their news are shown: each folds a commit in its own time. */
const SETTLE = 50

/** Everything that a user sees: results on one stream, progress and warnings on another. */
export class View {
  readonly progress: ProgressDisplay
  private readonly out: Output
  private readonly err: Output
  private readonly style: Style
  private readonly errStyle: Style
  private titled = false

  constructor(out: Output, err: Output, environment: NodeJS.ProcessEnv) {
    this.out = out
    this.err = err
    this.style = styleOf(out, environment)
    this.errStyle = styleOf(err, environment)
    this.progress = new ProgressDisplay(err, this.errStyle)
  }

  /** Says at the beginning, and only once, what all this is about. */
  title(text: string, remarks: readonly string[]): void {
    if (this.titled) return
    this.titled = true
    this.print([`${paint(this.style, 'heading', 'git-history')}  ${harmless(text)}`, ...remarks.map(harmless), ''])
  }

  remark(text: string): void {
    this.progress.stop()
    this.print([harmless(text)])
  }

  warning(text: string): void {
    this.progress.stop()
    this.err.write(`${paint(this.errStyle, 'warning', `git-history: ${harmless(text)}`)}\n`)
  }

  /** The read models as they are now. */
  report({ ownership, activity, contributors }: ReadModels, path: string | undefined, today: string): void {
    const { style } = this
    const root = ownership.current?.state
    if (root === undefined) return
    if (path !== undefined) {
      this.print(['', ...pathReport(root, path, style), ''])
      return
    }
    this.print(['', ...ownershipReport(root, style), ''])
    this.print([...contributorsReport(contributors.current?.state ?? null, style), ''])
    if (activity.current !== undefined) this.print([...activityReport(activity.current.state, today, style), ''])
  }

  summary(summary: RunSummary): void {
    this.print(runReport(summary, this.style))
  }

  /** Shows each commit from now on, while it is subscribed; errors when a read model faults. */
  follow({ latest, ownership, contributors }: ReadModels): Observable<never> {
    let shown = latest.current?.state.commits ?? 0
    return combineLatest([latest.state$, ownership.state$, contributors.state$]).pipe(
      debounceTime(SETTLE),
      tap(([news, root, people]) => {
        if (news.commits <= shown) return
        this.print([...newCommits(news, shown, this.style), totals(news, root, people, this.style)])
        shown = news.commits
      }),
      ignoreElements(),
    )
  }

  private print(lines: readonly string[]): void {
    this.out.write(lines.map((line) => `${line}\n`).join(''))
  }
}
