import type { ModelStatistics } from '../RunStatistics.ts'
import { paint, type Style } from '../terminal/Style.ts'
import { table } from '../terminal/table.ts'
import { counted, duration, grouped } from '../terminal/text.ts'

/** What a run did. */
export interface RunSummary {
  readonly models: readonly ModelStatistics[]
  /** How many commits were imported. */
  readonly commits: number
  /** In ms. */
  readonly elapsed: number
  readonly logFile: string
}

/** What a run read, from where it resumed, and what is saved now. */
export function runReport({ models, commits, elapsed, logFile }: RunSummary, style: Style): string[] {
  const rows = models.map(({ name, resumedFrom, position, saved }) => [
    name,
    resumedFrom === 0 ? 'the beginning' : `its snapshot at event ${grouped(resumedFrom)}`,
    grouped(Math.max(0, position - resumedFrom)),
    saved === 0 ? 'nothing yet' : `up to event ${grouped(saved)}`,
  ])
  return [
    paint(style, 'heading', 'This run'),
    `  ${commits === 0 ? 'No new commit' : `${counted(commits, 'new commit')} imported`}, in ${duration(elapsed)}. The log: ${logFile}`,
    ...table(
      [
        { title: 'read model' },
        { title: 'resumed from', shrink: 'end' },
        { title: 'events read', align: 'right' },
        { title: 'snapshot saved' },
      ],
      rows,
      style,
    ),
  ]
}
