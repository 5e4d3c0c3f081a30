import { reportUnhandled } from '../../../operators/kernel/reportUnhandled.ts'
import type { LogHole } from '../../../operators/model/hole.ts'
import type { ReadOptions } from '../../../operators/ports/events.ts'
import { MissingHistoryError } from '../support/errors/MissingHistoryError.ts'
import type { LogBounds } from './LogBounds.ts'

/** How many holes are remembered, so that each is reported once. */
const REMEMBERED = 1_000

/** What is done about history that is missing. */
export interface HoleOptions {
  readonly onHole?: ((hole: LogHole) => void) | undefined
  readonly onMissingHistory?: 'fault' | 'report' | undefined
}

/** A hole whose reason is not known yet. */
export type Gap = Omit<LogHole, 'reason'>

/** Finds out why messages are missing from a page, reports it, and stops readers that would miss what was discarded. */
export class HoleDetector {
  readonly #bounds: LogBounds
  readonly #options: HoleOptions
  #reported: readonly Gap[] = []

  constructor(bounds: LogBounds, options: HoleOptions) {
    this.#bounds = bounds
    this.#options = options
  }

  /**
   * Deals with the gaps of a page, and with what is missing before it.
   *
   * @throws {MissingHistoryError} events that were asked for have been discarded.
   */
  async check(gaps: readonly Gap[], options: ReadOptions): Promise<void> {
    const bounds = this.#bounds
    const { after, limit } = options
    const filtered = options.streams !== undefined
    if (gaps.length === 0 && !filtered) return
    // What was discarded since the leader was asked last is not known to be.
    if (bounds.discardsFirst && (filtered || gaps.some(({ from }) => from >= bounds.first))) await bounds.refresh(after)
    const isFirst = filtered && bounds.discardsFirst && after + 1 < bounds.first
    const holes = isFirst ? [{ from: after + 1, to: bounds.first - 1 }] : gaps
    for (const { from, to } of holes) {
      const isDiscarded = bounds.discardsAny || (bounds.discardsFirst && from < bounds.first)
      this.#report({ from, to, reason: isDiscarded ? 'discarded' : 'deleted' }, options)
      // Who asks for one event only looks: where the log ends, or whether it is still the same.
      if (!isDiscarded || this.#options.onMissingHistory === 'report' || limit === 1) continue
      throw new MissingHistoryError({ after: from - 1, first: to + 1 })
    }
  }

  #report(hole: LogHole, { onHole }: ReadOptions): void {
    onHole?.(hole)
    if (this.#options.onHole === undefined) return
    const { from, to } = hole
    if (this.#reported.some((one) => one.from <= from && to <= one.to)) return
    this.#reported = [{ from, to }, ...this.#reported.filter((one) => from > one.from || one.to > to)].slice(
      0,
      REMEMBERED,
    )
    try {
      this.#options.onHole(hole)
    } catch (error) {
      reportUnhandled(error)
    }
  }

  /** Forgets what was reported of another log. */
  clear(): void {
    this.#reported = []
  }
}
