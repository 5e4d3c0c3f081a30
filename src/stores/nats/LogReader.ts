import type { EventType, Recorded } from '../../../operators/model/event.ts'
import type { LogPage, ReadOptions } from '../../../operators/ports/events.ts'
import { AppendParts } from './AppendParts.ts'
import { Cursor, type MessageRange } from './Cursor.ts'
import { LogChangedError } from './failures.ts'
import { type Gap, HoleDetector, type HoleOptions } from './HoleDetector.ts'
import { LogBounds } from './LogBounds.ts'
import { decodeBodies, eventOf, messageOf } from './messageBodies.ts'
import type { Numbering } from './Numbering.ts'
import type { DeliveredMessage } from './PullConsumer.ts'
import { RecentMessages } from './RecentMessages.ts'
import type { RetryingClient } from './RetryingClient.ts'
import { cheapest, type Wanted, wantedOf } from './readingPlan.ts'

/** How many cursors wait for their next page. */
const IDLE = 8

/** How many messages of other streams a page looks at, at the most, for those that it wants. */
const LOOKED_AT = 20_000

/** How many ends of pages are remembered at which there was no event. */
const REMEMBERED = 10_000

/**
 * Reads pages of a JetStream stream. All that it remembers belongs to one stream: when another one is found under the name,
 * it forgets everything, and a page never holds messages of both.
 */
export class LogReader {
  readonly #client: RetryingClient
  readonly #log: string
  readonly #parts: AppendParts
  readonly #idle: Cursor[] = []
  /** What came just now, by what was wanted. */
  readonly #recent = new Map<string, RecentMessages>()
  /** Reads that are under way, by what they want and where. */
  readonly #busy = new Map<string, Promise<void>>()
  /** Positions without an event at which a page has ended: what comes behind them is linked to them. */
  readonly #emptyEnds = new Set<number>()
  readonly #bounds: LogBounds
  readonly #holes: HoleDetector

  constructor(client: RetryingClient, log: string, numbering: Numbering, options: HoleOptions = {}) {
    this.#client = client
    this.#log = log
    this.#bounds = new LogBounds(client, log, {
      dropBefore: (first) => {
        for (const recent of this.#recent.values()) recent.dropBefore(first)
      },
      dropAll: () => this.#dropRecent(),
    })
    this.#holes = new HoleDetector(this.#bounds, options)
    this.#parts = new AppendParts(client, log, numbering, (position) => this.saw(position))
    client.identity.replaced$.subscribe(() => this.#forget())
  }

  /** Takes a position that the log is known to hold. */
  saw(position: number): void {
    this.#bounds.saw(position)
  }

  async read(options: ReadOptions): Promise<LogPage> {
    const { identity } = this.#client
    const { after, limit } = options
    for (;;) {
      const { generation } = identity
      try {
        const page = await this.#readPage(options)
        if (generation === identity.generation) return page
      } catch (error) {
        if (generation === identity.generation) throw error
      }
      // Another stream was found meanwhile. Who has read of the old one finds that out first, by looking at one event.
      if (after > 0 && limit > 1) return { events: [], through: after, head: this.#bounds.seen }
    }
  }

  async #readPage(options: ReadOptions): Promise<LogPage> {
    const bounds = this.#bounds
    const { after, limit, streams } = options
    let fresh = bounds.seen <= after
    if (fresh) await bounds.refresh(after)
    if (bounds.seen <= after) return { events: [], through: after, head: bounds.seen }
    const wanted = wantedOf(this.#log, streams)
    let place: string
    let start: MessageRange
    for (;;) {
      // What came for another reader just now need not come again.
      start = this.#recent.get(wanted.key)?.since(after, limit) ?? { messages: [], through: after }
      const { messages, through } = start
      if (messages.length === limit || (fresh && through >= bounds.seen)) {
        if (!fresh) await bounds.refresh(through)
        return this.#page(messages, through, options)
      }
      if (through >= bounds.seen) {
        // So far as was known. Whether that is the end, and whether all of it is still there, is for the leader to say.
        fresh = true
        await bounds.refresh(through)
        continue
      }
      place = `${through} ${wanted.key}`
      const other = this.#busy.get(place)
      if (other === undefined) break
      // Somebody else reads there: when that is done, it is among what came just now.
      await other
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#busy.set(place, promise)
    try {
      return await this.#readOn(wanted, start, options, fresh)
    } finally {
      this.#busy.delete(place)
      resolve()
    }
  }

  async #readOn(wanted: Wanted, start: MessageRange, options: ReadOptions, isFresh: boolean): Promise<LogPage> {
    const bounds = this.#bounds
    const { limit, signal } = options
    const cursor = await this.#cursorAt(wanted, start.through)
    const recent = this.#recentOf(wanted)
    let fresh = isFresh
    // A page of history tells where the log ends, too: who waits until it is caught up waits for that. It is asked meanwhile.
    const asked = !fresh && bounds.seen >= options.after + limit ? bounds.refresh(start.through) : undefined
    asked?.catch(() => undefined)
    try {
      const taken = [...start.messages]
      let { through } = start
      for (let looked = 0; taken.length < limit && looked < LOOKED_AT; ) {
        const range = await cursor.take(limit - taken.length, bounds.seen, signal)
        if (cursor.generation !== this.#client.identity.generation) throw new LogChangedError()
        this.saw(Math.max(cursor.newest, range.through))
        const messages = range.messages.filter((message) => cursor.wants(message))
        for (const message of messages) taken.push(message)
        if (range.through > through) recent.keep(through, { messages, through: range.through })
        looked += range.messages.length
        through = range.through
        if (through < bounds.seen) continue
        if (fresh) break
        // So far as was known. Whether that is the end is for the leader to say.
        fresh = true
        await bounds.refresh(through)
        if (through >= bounds.seen) break
      }
      if (!fresh) await (asked ?? bounds.refresh(through))
      const page = await this.#page(taken, through, options)
      if (page.through < through) cursor.close()
      else this.#keep(cursor)
      return page
    } catch (error) {
      cursor.close()
      throw error
    }
  }

  close(): void {
    for (const cursor of this.#idle.splice(0)) cursor.close()
  }

  async #page(taken: readonly DeliveredMessage[], reached: number, options: ReadOptions): Promise<LogPage> {
    const { after, streams, signal } = options
    const filtered = streams !== undefined
    const bodies = decodeBodies(taken)
    const { asked } = this.#parts
    const whole = await this.#parts.whole(taken, bodies, signal)
    const events: Recorded<EventType>[] = []
    const gaps: Gap[] = []
    let previous = after
    for (let index = 0; index < whole; index++) {
      const { seq, subject } = taken[index]!
      const body = bodies[index]!
      let event: Recorded<EventType>
      if (body.kind === 'foreign') {
        event = messageOf(seq, subject, body.text)
      } else {
        const found = body.kind === 'event' ? body.event : await this.#parts.eventOf(seq, body)
        // Its append was deleted: a hole like any other.
        if (found === undefined) continue
        event = eventOf(seq, subject, found)
      }
      // The consumer has shown what lies between: nothing that is wanted, or nothing at all.
      const isHole = previous !== seq - 1
      if (filtered || isHole || (previous === after && this.#emptyEnds.has(after))) {
        ;(event as { previous?: number }).previous = previous
      }
      if (isHole && !filtered) gaps.push({ from: previous + 1, to: seq - 1 })
      events.push(event)
      previous = seq
    }
    const through = whole < taken.length ? taken[whole]!.seq - 1 : reached
    if (previous < through && !filtered) {
      gaps.push({ from: previous + 1, to: through })
      this.#emptyEnds.add(through)
      if (this.#emptyEnds.size > REMEMBERED) this.#emptyEnds.delete(this.#emptyEnds.values().next().value!)
    }
    // The events of an append come from its first message, which was asked for under the stream's name alone.
    if (this.#parts.asked !== asked) await this.#bounds.refresh(through)
    await this.#holes.check(gaps, options)
    return { events, through, head: Math.max(this.#bounds.seen, through) }
  }

  #dropRecent(): void {
    for (const recent of this.#recent.values()) recent.clear()
    this.#recent.clear()
  }

  /** Forgets all, since it is of another stream. */
  #forget(): void {
    this.#dropRecent()
    this.#parts.clear()
    this.#emptyEnds.clear()
    this.#holes.clear()
    this.close()
  }

  #recentOf({ key }: Wanted): RecentMessages {
    const recent = this.#recent.get(key) ?? new RecentMessages()
    // To the end: the one that was not used for the longest time stands first.
    this.#recent.delete(key)
    this.#recent.set(key, recent)
    if (this.#recent.size > IDLE) this.#recent.delete(this.#recent.keys().next().value!)
    return recent
  }

  async #cursorAt(wanted: Wanted, after: number): Promise<Cursor> {
    const index = this.#idle.findIndex(({ key, position }) => position === after && key === wanted.key)
    const [found] = index === -1 ? [] : this.#idle.splice(index, 1)
    if (found !== undefined) return found
    const plan = await cheapest(this.#client, this.#log, wanted)
    return Cursor.open(this.#client, this.#log, plan, after, () => this.#bounds.refresh(after))
  }

  #keep(cursor: Cursor): void {
    this.#idle.push(cursor)
    if (this.#idle.length > IDLE) this.#idle.shift()!.close()
  }
}
