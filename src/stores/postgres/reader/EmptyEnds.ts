/** How many are remembered: the newest. Who comes later than that reads again from its last event, and sees the hole. */
const REMEMBERED = 1_000

/** Remembers the positions at which pages of the whole log have ended in a hole: no event was handed out there. */
export class EmptyEnds {
  readonly #ends = new Set<number>()

  /** Takes a page: how far it has looked, and its last event, or the position that it was asked after. */
  note(through: number, last: number): void {
    if (through === last) return
    this.#ends.add(through)
    if (this.#ends.size > REMEMBERED) this.#ends.delete(this.#ends.values().next().value!)
  }

  has(position: number): boolean {
    return this.#ends.has(position)
  }

  reset(): void {
    this.#ends.clear()
  }
}
