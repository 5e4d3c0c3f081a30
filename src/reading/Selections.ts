import type { SharedRead } from './SharedRead.ts'

/** How many selections are remembered: those that were asked for last. */
const REMEMBERED = 64

/** What is read of a log: the same object for all who ask for the same streams. */
export interface Selection {
  /** Absent: all. */
  readonly streams: readonly string[] | undefined
  /** The reads that are under way, by the position that they read after. */
  readonly reads: Map<number, SharedRead>
}

/** The selections that readers ask for. */
export class Selections {
  readonly #whole: Selection = { streams: undefined, reads: new Map() }
  /** The one that was asked for last stands first. */
  #some: readonly Selection[] = []

  /** The selection of some streams; of the whole log where they are absent. */
  of(streams: readonly string[] | undefined): Selection {
    if (streams === undefined) return this.#whole
    const known = this.#some.find((one) => areSame(one.streams!, streams))
    if (known !== undefined && known === this.#some[0]) return known
    // A copy: whoever gave the list may change it.
    const selection = known ?? { streams: [...streams], reads: new Map() }
    this.#some = [selection, ...this.#some.filter((one) => one !== selection)].slice(0, REMEMBERED)
    return selection
  }

  /** Lets nobody join what was asked before. */
  closeReads(): void {
    for (const { reads } of [this.#whole, ...this.#some]) reads.clear()
  }
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index])
}
