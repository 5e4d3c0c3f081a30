import type { Measured, Outcome } from './outcome.ts'
import type { Goal, Unit } from './row.ts'
import { median, quantile } from './statistics.ts'

const HEAD = ['what', 'ours', 'baseline', 'ratio', 'goal', '']

/** What came out of all rows, as a Markdown table. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(lines)
  const widths = HEAD.map((head, column) => Math.max(3, head.length, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function lines({ row, measured, ratio, share }: Outcome): string[][] {
  const { unit, baseline, goal } = row
  const [ours, second] = measured
  const besides = measured.slice(baseline === undefined ? 1 : 2)
  return [
    [
      row.what,
      figure(ours!, unit),
      baseline === undefined ? '–' : `${baseline.title}: ${figure(second!, unit)}`,
      ratio === undefined ? '–' : times(ratio),
      showGoal(goal, unit),
      share <= 1 ? 'met' : 'MISSED',
    ],
    ...besides.map((beside) => [
      '(for orientation)',
      '',
      `${beside.contender.title}: ${figure(beside, unit)}`,
      times(median(ours!.values) / median(beside.values)),
      '–',
      '',
    ]),
  ]
}

/** The median, and the range of the middle eight tenths. */
function figure({ values }: Measured, unit: Unit): string {
  const [low, high] = [quantile(values, 0.1), quantile(values, 0.9)]
  return `${digits(median(values))} ${unit} (${digits(low)}–${digits(high)})`
}

function showGoal(goal: Goal, unit: Unit): string {
  if ('value' in goal) return `≤ ${digits(goal.value)} ${unit}`
  return goal.ratio < 0.1 ? `≥ ${digits(1 / goal.ratio)} × faster` : `≤ ${digits(goal.ratio)} ×`
}

function times(ratio: number): string {
  return ratio < 0.1 ? `${digits(1 / ratio)} × faster` : `${digits(ratio)} ×`
}

/** Three significant digits. */
export function digits(value: number): string {
  if (value === 0) return '0'
  const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return String(Number(value.toFixed(places)))
}
