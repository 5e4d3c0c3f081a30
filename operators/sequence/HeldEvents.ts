import type { LogEvent } from '../model/event.ts'
import type { Place } from '../model/position.ts'

/** An event that waits for earlier ones. Its place was read once: a foreign event may return another value the second time. */
export interface Held extends Place {
  readonly event: LogEvent
  /** When it arrived, in ms. */
  readonly since: number
}

/** Events that arrived before the events that they follow, in the order of their positions. */
export class HeldEvents {
  readonly #held: Held[] = []

  get size(): number {
    return this.#held.length
  }

  /** The event with the lowest position. */
  get first(): Held | undefined {
    return this.#held[0]
  }

  /** When the gap before them was first seen: the arrival of the earliest one, because all of them are after the gap. */
  get since(): number {
    let since = Infinity
    for (let index = 0; index < this.#held.length; index++) since = Math.min(since, this.#held[index]!.since)
    return since
  }

  /** Keeps an event; returns `false` if an event with its position is already kept. */
  keep(arrived: Held): boolean {
    const held = this.#held
    let index = held.length
    while (index > 0 && held[index - 1]!.id > arrived.id) index--
    if (index > 0 && held[index - 1]!.id === arrived.id) return false
    held.splice(index, 0, arrived)
    return true
  }

  /** Removes the event with the lowest position. */
  shift(): void {
    this.#held.shift()
  }
}
