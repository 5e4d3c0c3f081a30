import type { LeaseRow } from './leaseRow.ts'

/** The parts of a row whose change shows that the holder is alive. */
type Moves = Pick<LeaseRow, 'epoch' | 'renewals'>

interface Seen extends Moves {
  /** When this state of the row was first seen, by the observer's clock. */
  readonly at: number
}

/**
 * Detects expired leases by observation: a lease has expired when its row has not changed for its `ttl`. The clock of the holder
 * does not count, and neither does the time of day, which somebody may change. Only the observer's own monotonic clock counts. So
 * the lease of a crashed holder is free one `ttl` after the observer first saw it.
 */
export class LeaseWatch {
  readonly #now: () => number
  readonly #seen = new Map<string, Seen>()

  /** @param now a monotonic clock, in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Observes a row, and returns whether the lease is free. */
  isFree(name: string, row: (Moves & Pick<LeaseRow, 'ttl'>) | undefined): boolean {
    if (row === undefined || row.ttl === 0) return true
    return this.#now() - this.saw(name, row).at >= row.ttl
  }

  /** Remembers a row; if it differs from the last one, it has changed now. */
  saw(name: string, { epoch, renewals }: Moves): Seen {
    const seen = this.#seen.get(name)
    if (seen?.epoch === epoch && seen.renewals === renewals) return seen
    const now = { epoch, renewals, at: this.#now() }
    this.#seen.set(name, now)
    return now
  }
}
