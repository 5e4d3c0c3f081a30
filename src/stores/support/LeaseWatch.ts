import type { LeaseRow } from './leaseRow.ts'

/** What of a row tells that its holder lives. */
type Moves = Pick<LeaseRow, 'epoch' | 'renewals'>

interface Seen extends Moves {
  /** When the row was first seen like this, by the clock of the one who looks. */
  readonly at: number
}

/**
 * Tells which leases have run out, as one who looks on sees it: a row that has not moved for its `ttl`. The clock of the holder
 * does not count, nor does the time of day, which somebody may set; only how long one has looked on, by a monotonic clock. So a
 * lease of a holder that crashed is free one `ttl` after it was first looked at.
 */
export class LeaseWatch {
  readonly #now: () => number
  readonly #seen = new Map<string, Seen>()

  /** @param now a monotonic clock, in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Looks at a row: whether nobody holds the lease. */
  isFree(name: string, row: (Moves & Pick<LeaseRow, 'ttl'>) | undefined): boolean {
    if (row === undefined || row.ttl === 0) return true
    return this.#now() - this.saw(name, row).at >= row.ttl
  }

  /** Remembers a row: that it moved, if it is not the one seen last. */
  saw(name: string, { epoch, renewals }: Moves): Seen {
    const seen = this.#seen.get(name)
    if (seen?.epoch === epoch && seen.renewals === renewals) return seen
    const now = { epoch, renewals, at: this.#now() }
    this.#seen.set(name, now)
    return now
  }
}
