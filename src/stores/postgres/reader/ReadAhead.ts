/** A question to the table that was asked before anybody needed its answer. */
interface Asked<T> {
  readonly after: number
  readonly limit: number
  readonly answer: Promise<T | undefined>
}

/** Fetches the page behind a full one while that is dealt with: the server and its reader then work at the same time. */
export class ReadAhead<T> {
  #next: Asked<T> | undefined

  /** Asks. A failure is no answer: whoever needs it asks again, and meets it. */
  begin(after: number, limit: number, ask: () => Promise<T>): void {
    this.#next = { after, limit, answer: ask().catch(() => undefined) }
  }

  /** The answer, where this was asked; only once. */
  async take(after: number, limit: number): Promise<T | undefined> {
    const next = this.#next
    if (next?.after !== after || next.limit !== limit) return undefined
    this.#next = undefined
    return next.answer
  }
}
