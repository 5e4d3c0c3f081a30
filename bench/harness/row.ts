import type { Scale } from './job.ts'
import type { ServerKind } from './servers.ts'

/** What a figure is measured in. */
export type Unit = 'ms' | 'µs' | 'MB'

/** One variant of a row. */
export interface Contender {
  /** What it is, for the table. */
  readonly title: string
  /** Its module, relative to the folder of the benchmarks. */
  readonly variant: string
  /** What it does more or less of than the row's plan says. */
  readonly scale?: Partial<Scale>
}

/** How a row is measured. */
export interface Plan {
  readonly scale: Omit<Scale, 'folder' | 'url'>
  /** How often all variants are started anew, each in its own process. */
  readonly launches: number
  /** Runs before the first that counts, so that what is measured is a steady state. */
  readonly warmUps: number
  /** Runs that count, in turns, for each launch. */
  readonly rounds: number
}

/** What a row shall reach: at the most so many times the baseline, or so much. */
export type Goal = { readonly ratio: number } | { readonly value: number }

/** One comparison: ours against a baseline, or against a fixed goal. */
export interface Row {
  readonly name: string
  readonly what: string
  readonly unit: Unit
  readonly ours: Contender
  readonly baseline?: Contender
  /** Measured for orientation only. */
  readonly besides?: readonly Contender[]
  readonly goal: Goal
  readonly full: Plan
  /** Absent: not part of the short run. */
  readonly quick?: Plan
  /** A server, started on demand. */
  readonly server?: ServerKind
  /** Packages of others, installed on demand. */
  readonly needs?: 'emmett'
}

/** All that takes part in a row. */
export function contendersOf({ ours, baseline, besides = [] }: Row): readonly Contender[] {
  return [ours, ...(baseline === undefined ? [] : [baseline]), ...besides]
}
