import type { ModelStatistics } from '../RunStatistics.ts'
import { paint, type Style } from '../terminal/Style.ts'
import { table } from '../terminal/table.ts'
import { counted, duration, grouped } from '../terminal/text.ts'

/** The work of a run. */
export interface RunSummary {
  readonly models: readonly ModelStatistics[]
  /** How many commits were imported. */
  readonly commits: number
  /** In ms. */
  readonly elapsed: number
  readonly logFile: string
  readonly interrupted: boolean
}

/** The events that a run read, where it resumed, and the snapshots that it saved. */
export function runReport({ models, commits, elapsed, logFile, interrupted }: RunSummary, style: Style): string[] {
  const rows = models.map(({ name, resumedFrom, position, saved }) => [
    name,
    resumedFrom === 0 ? 'the beginning' : `its snapshot at event ${grouped(resumedFrom)}`,
    grouped(Math.max(0, position - resumedFrom)),
    saved === 0 ? 'nothing yet' : `up to event ${grouped(saved)}`,
  ])
  const imported = commits === 0 ? 'No new commit' : `${counted(commits, 'new commit')} imported`
  return [
    paint(style, 'heading', 'This run'),
    `  ${imported}, in ${duration(elapsed)}.`,
    ...(interrupted ? ['  It was interrupted; what is in the log stays, and the next run goes on from there.'] : []),
    `  The log: ${logFile}`,
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
