/** How often a reader waits for company in vain, until it goes on alone. */
const IN_VAIN = 4

/**
 * Whether readers of a log that answers immediately go through its history side by side, a page at a turn of the event loop. One that
 * nobody keeps company with goes on without waiting.
 */
export class Pace {
  #inVain = 0

  get waits(): boolean {
    return this.#inVain < IN_VAIN
  }

  /** A page was read after a wait, for so many readers. */
  waited(readers: number): void {
    this.#inVain = readers > 1 ? 0 : this.#inVain + 1
  }

  /** Somebody may be near: a page was of use to another one, or a reader has come. */
  hasCompany(): void {
    this.#inVain = 0
  }
}
