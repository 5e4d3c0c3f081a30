import { machine } from './machine.ts'
import type { Outcome } from './outcome.ts'
import { median } from './statistics.ts'

/** What `--json` writes: all figures, for other programs. */
export interface Report {
  readonly machine: string
  readonly rows: readonly {
    readonly name: string
    readonly what: string
    readonly unit: string
    readonly variants: readonly {
      readonly title: string
      readonly median: number
      readonly values: readonly number[]
    }[]
    readonly ratio: number | null
    readonly goal: Outcome['row']['goal']
    readonly met: boolean
  }[]
}

export function report(outcomes: readonly Outcome[]): Report {
  return {
    machine: machine(),
    rows: outcomes.map(({ row: { name, what, unit, goal }, measured, ratio, share }) => ({
      name,
      what,
      unit,
      variants: measured.map(({ contender: { title }, values }) => ({ title, median: median(values), values })),
      ratio: ratio ?? null,
      goal,
      met: share <= 1,
    })),
  }
}
