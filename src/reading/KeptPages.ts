import type { Recorded } from '../../operators/model/event.ts'
import type { EventType } from '../../operators/model/index.ts'
import type { ReadOptions } from '../../operators/ports/index.ts'
import type { Selection } from './Selections.ts'
import { eventsOf, type Stretch } from './Stretch.ts'

/** How many events are kept at the most; the newest page is kept whatever its size. */
const EVENTS = 4_096

/** How many pages are kept at the most: at the head of a log, a page may hold a single event. */
const PAGES = 64

/** The pages that were read last: readers that are not far behind want the same ones. */
export class KeptPages {
  /** The newest stands last. */
  #kept: Stretch[] = []
  #events = 0
  /** No kept page reaches further. */
  #through = 0

  get newest(): Stretch | undefined {
    return this.#kept.at(-1)
  }

  keep(newest: Stretch): void {
    const { after, page } = newest
    // At the head of a log there is nothing to look for: this is done for every event.
    if (after < this.#through) this.#dropCovered(newest)
    this.#kept.push(newest)
    this.#events += page.events.length
    this.#through = Math.max(this.#through, page.through)
    while (this.#kept.length > 1 && (this.#events > EVENTS || this.#kept.length > PAGES)) {
      this.#events -= this.#kept.shift()!.page.events.length
    }
  }

  #dropCovered({ selection, after, page: { through } }: Stretch): void {
    const isCovered = (one: Stretch): boolean =>
      one.selection === selection && after <= one.after && one.page.through <= through
    this.#kept = this.#kept.filter((one) => !isCovered(one))
    this.#events = this.#kept.reduce((sum, { page }) => sum + page.events.length, 0)
  }

  /**
   * What is kept of what comes after a position, as much as is wanted.
   *
   * @param head the last position that the log is known to hold. What is kept stays true, but not that it ends there: whether
   *   there is more by now is for the log to say.
   */
  since(selection: Selection, { after, limit }: ReadOptions, head: number): Stretch | undefined {
    if (after >= head) return undefined
    const isOfUse = (one: Stretch): boolean => one.selection === selection && one.page.through < head
    const first = this.#kept.findLast((one) => isOfUse(one) && one.after <= after && after < one.page.through)
    if (first === undefined) return undefined
    const found = [first]
    for (let last = first, count = countAfter(first, after); count < limit && endsWithEvent(last); ) {
      const { through } = last.page
      const next = this.#kept.findLast((one) => isOfUse(one) && one.after === through)
      if (next === undefined) break
      found.push(next)
      last = next
      count += next.page.events.length
    }
    return joined(found, head)
  }

  clear(): void {
    this.#kept = []
    this.#events = 0
    this.#through = 0
  }
}

function countAfter({ page }: Stretch, after: number): number {
  const events = eventsOf(page)
  return (
    events.length -
    Math.max(
      0,
      events.findIndex(({ id }) => id > after),
    )
  )
}

/** Only then the page behind it is linked to an event of it, and not to a position without one. */
function endsWithEvent({ page }: Stretch): boolean {
  return eventsOf(page).at(-1)?.id === page.through
}

/** Pages that follow each other, as one that was read when the log had grown to a position. */
function joined(found: readonly Stretch[], head: number): Stretch {
  const [first] = found as readonly [Stretch, ...Stretch[]]
  const { through } = found.at(-1)!.page
  if (found.length === 1) return { ...first, page: { ...first.page, head } }
  const events: Recorded<EventType>[] = found.flatMap(({ page }) => page.events)
  return { ...first, page: { events, through, head }, holes: found.flatMap(({ holes }) => holes) }
}
