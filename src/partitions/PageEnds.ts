import type { LogEvent } from '../../operators/model/index.ts'
import type { LogPage } from '../../operators/ports/index.ts'

/** How many ends are remembered: the newest. */
const REMEMBERED = 1_000

/**
 * Remembers where pages ended behind their last event. What was claimed to be there was deleted, or lost: the next event tells,
 * by its `previous`.
 */
export class PageEnds {
  readonly #lastBefore = new Map<number, number>()

  /** Takes a page that was read after a position. */
  note({ events, through }: LogPage, after: number): void {
    const last = (events as readonly LogEvent[]).at(-1)?.id ?? this.lastBefore(after)
    if (last === through) return
    // To the end: what was noted first is forgotten first.
    this.#lastBefore.delete(through)
    this.#lastBefore.set(through, last)
    if (this.#lastBefore.size > REMEMBERED) this.#lastBefore.delete(this.#lastBefore.keys().next().value!)
  }

  forget(): void {
    this.#lastBefore.clear()
  }

  /** The last event that was handed out up to a position; the position itself, where nothing else is known. */
  lastBefore(position: number): number {
    return this.#lastBefore.get(position) ?? position
  }
}
