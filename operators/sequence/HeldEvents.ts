import type { LogEvent } from '../model/event.ts'
import type { Place } from '../model/position.ts'

/** An event that waits for the ones it follows. Its place was read once: a foreign event may answer otherwise next time. */
export interface Held extends Place {
  readonly event: LogEvent
  /** When it came, in ms. */
  readonly since: number
}

/** Events that came before the ones they follow, in the order of their positions. */
export class HeldEvents {
  readonly #held: Held[] = []

  get size(): number {
    return this.#held.length
  }

  /** The lowest of them. */
  get first(): Held | undefined {
    return this.#held[0]
  }

  /** When the gap in front of them was first seen: every one of them lies behind it, so when the earliest came. */
  get since(): number {
    let since = Infinity
    for (let index = 0; index < this.#held.length; index++) since = Math.min(since, this.#held[index]!.since)
    return since
  }

  /** Keeps an event; `false` when one with its position is kept already. */
  keep(arrived: Held): boolean {
    const held = this.#held
    let index = held.length
    while (index > 0 && held[index - 1]!.id > arrived.id) index--
    if (index > 0 && held[index - 1]!.id === arrived.id) return false
    held.splice(index, 0, arrived)
    return true
  }

  /** Takes the lowest one out. */
  shift(): void {
    this.#held.shift()
  }
}
