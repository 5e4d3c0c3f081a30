/** What one look at the table and at the locks of its sequence has seen, in one statement. */
export interface Look {
  /** The highest id that is visible; `0` for none. */
  readonly head: number
  /** The transactions that hold the sequence: whoever has drawn an id that is not visible yet is one of them. */
  readonly holders: readonly string[]
}

/** What was known when a statement was sent. Only that may be used with its rows. */
export interface Poll {
  readonly sent: number
  readonly settled: number
  readonly seen: number
}

interface Fence {
  readonly upTo: number
  readonly opened: number
  holders: ReadonlySet<string>
}

/**
 * Proves which ids will never appear any more. Whoever drew an id below one that was seen held the sequence's lock when
 * we looked; once all who did are gone, a *new* snapshot shows all that there will ever be up to there.
 */
export class Watermark {
  #list: readonly Fence[] = []
  #tick = 0
  #decided = 0
  #highest = 0

  /** Up to where every missing id is missing for ever, for statements that are sent from now on. */
  get settled(): number {
    return this.#decided
  }

  /** How many fences wait to be decided. */
  get pending(): number {
    return this.#list.length
  }

  /** To be called before a statement is sent. */
  begin(): Poll {
    return { sent: ++this.#tick, settled: this.#decided, seen: this.#highest }
  }

  /**
   * Takes what a statement has seen.
   *
   * @param undecided whether it met a hole that nothing is known of: a fence is opened at the highest id that it saw.
   * @returns whether anything has come nearer to its decision.
   */
  take(poll: Poll, { head, holders }: Look, undecided: boolean): boolean {
    const moved = this.#update(poll, new Set(holders))
    // A fence at a head that was fenced before could only be wider than that one.
    const known = this.#list.at(-1)?.upTo ?? this.#decided
    if (undecided && head > known) {
      this.#list = [...this.#list, { upTo: head, opened: ++this.#tick, holders: new Set(holders) }]
    }
    this.saw({ head })
    return this.#settle() || moved
  }

  /** Takes how far a statement has seen that did not look at the locks. */
  saw({ head }: Pick<Look, 'head'>): void {
    if (head > this.#highest) this.#highest = head
  }

  /** Forgets everything: the table is not the one that it was. */
  reset(): void {
    this.#list = []
    this.#decided = 0
    this.#highest = 0
  }

  /** A fence that was opened after the statement was sent knows more than that statement does. */
  #update(poll: Poll, present: ReadonlySet<string>): boolean {
    // A prepared transaction loses its old name at a restart of the server: it counts for every fence.
    const nameless = [...present].filter((holder) => holder.startsWith('-1/'))
    let moved = false
    for (const fence of this.#list) {
      if (fence.opened > poll.sent) continue
      const left = [...fence.holders].filter((holder) => present.has(holder))
      if (left.length < fence.holders.size) moved = true
      fence.holders = new Set([...left, ...nameless])
    }
    // Where a later fence waits for no one else, the earlier one decides nothing on its own.
    const list = this.#list
    this.#list = list.filter(({ holders }, index) => !isSubset(list[index + 1]?.holders, holders))
    return moved
  }

  #settle(): boolean {
    const last = this.#list.findLastIndex(({ holders }) => holders.size === 0)
    if (last < 0) return false
    this.#decided = this.#list[last]!.upTo
    this.#list = this.#list.slice(last + 1)
    return true
  }
}

function isSubset(some: ReadonlySet<string> | undefined, all: ReadonlySet<string>): boolean {
  return some !== undefined && [...some].every((holder) => all.has(holder))
}
