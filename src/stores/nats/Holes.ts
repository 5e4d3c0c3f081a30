import { reportUnhandled } from '../../../operators/kernel/reportUnhandled.ts'
import type { LogHole } from '../../../operators/model/hole.ts'
import type { ReadOptions } from '../../../operators/ports/events.ts'
import { MissingHistoryError } from '../support/errors/MissingHistoryError.ts'
import type { LogEnd } from './LogEnd.ts'

/** How many holes are remembered, so that each is told once. */
const REMEMBERED = 1_000

/** What is done about history that is missing. */
export interface HoleOptions {
  readonly onHole?: ((hole: LogHole) => void) | undefined
  readonly onMissingHistory?: 'fault' | 'report' | undefined
}

/** A hole whose reason is not known yet. */
export type Gap = Omit<LogHole, 'reason'>

/** Finds out why messages are missing from a page, tells of it, and stops readers that would miss what was discarded. */
export class Holes {
  readonly #end: LogEnd
  readonly #options: HoleOptions
  #told: readonly Gap[] = []

  constructor(end: LogEnd, options: HoleOptions) {
    this.#end = end
    this.#options = options
  }

  /**
   * Deals with the gaps of a page, and with what is missing before it.
   *
   * @throws {MissingHistoryError} events that were asked for have been discarded.
   */
  async check(gaps: readonly Gap[], options: ReadOptions): Promise<void> {
    const end = this.#end
    const { after, limit } = options
    const filtered = options.streams !== undefined
    if (gaps.length === 0 && !filtered) return
    // What was discarded since the leader was asked last is not known to be.
    if (end.discardsFirst && (filtered || gaps.some(({ from }) => from >= end.first))) await end.look(after)
    const isFirst = filtered && end.discardsFirst && after + 1 < end.first
    const holes = isFirst ? [{ from: after + 1, to: end.first - 1 }] : gaps
    for (const { from, to } of holes) {
      const isDiscarded = end.discardsAny || (end.discardsFirst && from < end.first)
      this.#tell({ from, to, reason: isDiscarded ? 'discarded' : 'deleted' }, options)
      // Who asks for one event only looks: where the log ends, or whether it is still the same.
      if (!isDiscarded || this.#options.onMissingHistory === 'report' || limit === 1) continue
      throw new MissingHistoryError({ after: from - 1, first: to + 1 })
    }
  }

  #tell(hole: LogHole, { onHole }: ReadOptions): void {
    onHole?.(hole)
    if (this.#options.onHole === undefined) return
    const { from, to } = hole
    if (this.#told.some((one) => one.from <= from && to <= one.to)) return
    this.#told = [{ from, to }, ...this.#told.filter((one) => from > one.from || one.to > to)].slice(0, REMEMBERED)
    try {
      this.#options.onHole(hole)
    } catch (error) {
      reportUnhandled(error)
    }
  }

  /** Forgets what was told of another log. */
  clear(): void {
    this.#told = []
  }
}
