import { combineLatest, debounceTime, ignoreElements, type Observable, tap } from 'rxjs'
import type { ReadModels } from './readModels.ts'
import { activityReport } from './report/activityReport.ts'
import { contributorsReport } from './report/contributorsReport.ts'
import { newCommits, totals } from './report/newsReport.ts'
import { ownershipReport, pathReport } from './report/ownershipReport.ts'
import { type RunSummary, runReport } from './report/runReport.ts'
import { ProgressDisplay } from './terminal/ProgressDisplay.ts'
import { type Output, paint, type Style, styleOf } from './terminal/Style.ts'
import { harmless, wrapped } from './terminal/text.ts'

/** How long the read models may take to agree, in ms, before the view shows new commits: each folds at its own pace. */
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

  /** Introduces the output at the beginning, only once. */
  title(text: string, remarks: readonly string[]): void {
    if (this.titled) return
    this.titled = true
    const { style } = this
    this.print([
      `${paint(style, 'heading', 'git-history')}  ${harmless(text)}`,
      ...remarks.flatMap((remark) => wrapped(harmless(remark), style.width)),
    ])
  }

  remark(text: string): void {
    this.progress.stop()
    this.section(wrapped(harmless(text), this.style.width))
  }

  warning(text: string): void {
    this.progress.stop()
    this.err.write(`${paint(this.errStyle, 'warning', `git-history: ${harmless(text)}`)}\n`)
  }

  /** The current read models. */
  report({ ownership, activity, contributors }: ReadModels, path: string | undefined, today: string): void {
    const { style } = this
    const root = ownership.current?.state
    if (root === undefined) return
    if (path !== undefined) {
      this.section(pathReport(root, path, style))
      return
    }
    this.section(ownershipReport(root, style))
    this.section(contributorsReport(contributors.current?.state ?? null, style))
    if (activity.current !== undefined) this.section(activityReport(activity.current.state, today, style))
  }

  summary(summary: RunSummary): void {
    this.section(runReport(summary, this.style))
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

  /** Lines with a blank line before them. */
  private section(lines: readonly string[]): void {
    this.print(['', ...lines])
  }

  private print(lines: readonly string[]): void {
    this.out.write(lines.map((line) => `${line}\n`).join(''))
  }
}
