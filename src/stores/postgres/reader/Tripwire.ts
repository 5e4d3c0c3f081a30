import type { Hole } from './safePrefix.ts'

/** How many holes are watched: the newest. */
const WATCHED = 256

/** Remembers the holes that were passed last, so that they can be looked into once more. */
export class Tripwire {
  #holes: readonly Hole[] = []
  #reported = 0

  /** Takes the holes of a page; returns those that no page before has passed. */
  pass(holes: readonly Hole[]): readonly Hole[] {
    const fresh = holes.filter(({ to }) => to > this.#reported)
    if (fresh.length === 0) return fresh
    this.#reported = fresh.at(-1)!.to
    this.#holes = [...this.#holes, ...fresh].slice(-WATCHED)
    return fresh
  }

  get watched(): readonly Hole[] {
    return this.#holes
  }

  reset(): void {
    this.#holes = []
    this.#reported = 0
  }
}
