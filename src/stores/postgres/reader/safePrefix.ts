/** Ids that no row has, and that none will ever have. */
export interface Hole {
  readonly from: number
  readonly to: number
}

/** What was asked for, and what is known. */
export interface PrefixQuery {
  readonly after: number
  readonly limit: number
  /** Up to where every missing id is missing for ever. */
  readonly settled: number
}

/** What may be handed out of a page. */
export interface SafePrefix {
  /** How many of the rows. */
  readonly count: number
  readonly through: number
  readonly holes: readonly Hole[]
}

/** Decides how far a page may be handed out: its contiguous beginning, and whatever lies in what is settled. */
export function safePrefix(ids: readonly number[], { after, limit, settled }: PrefixQuery): SafePrefix {
  const holes: Hole[] = []
  let last = after
  let count = 0
  for (; count < ids.length; count++) {
    const id = ids[count]!
    if (id > Math.max(last, settled) + 1) break
    if (id > last + 1) holes.push({ from: last + 1, to: id - 1 })
    last = id
  }
  const toItsEnd = count === limit && count === ids.length
  return { count, through: toItsEnd ? last : Math.max(last, settled), holes }
}
