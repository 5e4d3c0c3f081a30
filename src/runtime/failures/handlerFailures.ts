/** Counts failures of handlers in a row, for each position, until it is passed. */
export class HandlerFailures {
  private readonly counts = new Map<number, number>()

  /** Counts a failure at a position; how many there were. */
  count(position: number): number {
    const failures = (this.counts.get(position) ?? 0) + 1
    this.counts.set(position, failures)
    return failures
  }

  /** Forgets the failures up to a position. */
  passed(position: number): void {
    if (this.counts.size === 0) return
    for (const failed of this.counts.keys()) if (failed <= position) this.counts.delete(failed)
  }
}
