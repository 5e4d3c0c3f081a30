import type { Contender, Goal, Row } from './row.ts'
import { median, pairedRatio } from './statistics.ts'

/** What was measured of one variant. */
export interface Measured {
  readonly contender: Contender
  /** The figures in the order of the runs, over all launches. */
  readonly values: readonly number[]
  readonly result: string
}

/** What came out of a row. */
export interface Outcome {
  readonly row: Row
  readonly measured: readonly Measured[]
  /** Ours to the baseline, where there is one. */
  readonly ratio: number | undefined
  /** How far from the goal: 1 is just met, less is better. */
  readonly share: number
}

/**
 * Judges what was measured, ours first, the baseline second.
 *
 * @throws {Error} when the variants have not computed the same.
 */
export function judge(row: Row, measured: readonly Measured[]): Outcome {
  const [ours, second] = measured
  for (const other of measured) {
    if (other.result === ours!.result) continue
    throw new Error(`${row.name}: ${other.contender.title} has computed ${other.result}, not ${ours!.result}`)
  }
  const ratio = row.baseline === undefined ? undefined : pairedRatio(ours!.values, second!.values)
  return { row, measured, ratio, share: shareOf(row.goal, ratio, median(ours!.values)) }
}

function shareOf(goal: Goal, ratio: number | undefined, value: number): number {
  if ('value' in goal) return value / goal.value
  if (ratio === undefined) throw new TypeError('a goal that is a ratio needs a baseline')
  return ratio / goal.ratio
}
