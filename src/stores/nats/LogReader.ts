import type { StreamState } from '@nats-io/jetstream'
import type { EventType, Recorded } from '../../../operators/model/event.ts'
import type { LogPage, ReadOptions } from '../../../operators/model/store.ts'
import { AppendParts } from './AppendParts.ts'
import { decodeBodies, eventOf, messageOf } from './bodies.ts'
import { Cursor, type Stretch } from './Cursor.ts'
import type { Link } from './link.ts'
import type { Numbering } from './Numbering.ts'
import { Recent } from './Recent.ts'
import { cheapest, type Wanted, wantedOf } from './readingPlan.ts'
import type { Delivered } from './Tail.ts'

/** How many cursors wait for their next page. */
const IDLE = 8

/** How many messages of other streams a page looks at, at the most, for those that it wants. */
const LOOKED_AT = 20_000

/** How long a leader that knows less than was seen before is given to learn it, in ms. */
const LEARNING = 3_000

/** Reads pages of a JetStream stream. */
export class LogReader {
  private readonly link: Link
  private readonly log: string
  private readonly parts: AppendParts
  private readonly idle: Cursor[] = []
  /** What came just now, by what was wanted. */
  private readonly recent = new Map<string, Recent>()
  /** Reads that are under way, by what they want and where. */
  private readonly busy = new Map<string, Promise<void>>()
  /** A question to the leader that is under way, and the one behind it. */
  private thisLook: Promise<void> | undefined
  private nextLook: Promise<void> | undefined
  /** How many messages were deleted from between others. */
  private deleted = 0
  /** The last position that the log was seen to hold. */
  private seen = 0

  constructor(link: Link, log: string, numbering: Numbering) {
    this.link = link
    this.log = log
    this.parts = new AppendParts(link, log, numbering, (position) => this.saw(position))
  }

  /** Tells of a position that the log is known to hold. */
  saw(position: number): void {
    if (position > this.seen) this.seen = position
  }

  async read(options: ReadOptions): Promise<LogPage> {
    const { after, limit, streams } = options
    let fresh = this.seen <= after
    if (fresh) await this.look(after)
    if (this.seen <= after) return { events: [], through: after, head: this.seen }
    const wanted = wantedOf(this.log, streams)
    let place: string
    let start: Stretch
    for (;;) {
      // What came for another reader just now need not come again.
      start = this.recent.get(wanted.key)?.since(after, limit) ?? { messages: [], through: after }
      const { messages, through } = start
      if (messages.length === limit || (fresh && through >= this.seen)) {
        if (!fresh) await this.look(through)
        return this.page(messages, through, options)
      }
      if (through >= this.seen) {
        // So far as was known. Whether that is the end, and whether all of it is still there, is for the leader to say.
        fresh = true
        await this.look(through)
        continue
      }
      place = `${through} ${wanted.key}`
      const other = this.busy.get(place)
      if (other === undefined) break
      // Somebody else reads there: when that is done, it is among what came just now.
      await other
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.busy.set(place, promise)
    try {
      return await this.readOn(wanted, start, options, fresh)
    } finally {
      this.busy.delete(place)
      resolve()
    }
  }

  private async readOn(wanted: Wanted, start: Stretch, options: ReadOptions, isFresh: boolean): Promise<LogPage> {
    const { limit, signal } = options
    const cursor = await this.cursorAt(wanted, start.through)
    const recent = this.recentOf(wanted)
    let fresh = isFresh
    // A page of history tells where the log ends, too: who waits until it is caught up waits for that. It is asked meanwhile.
    const asked = !fresh && this.seen >= options.after + limit ? this.look(start.through) : undefined
    asked?.catch(() => undefined)
    try {
      const taken = [...start.messages]
      let { through } = start
      for (let looked = 0; taken.length < limit && looked < LOOKED_AT; ) {
        const stretch = await cursor.take(limit - taken.length, this.seen, signal)
        this.saw(Math.max(cursor.newest, stretch.through))
        const messages = stretch.messages.filter((message) => cursor.wants(message))
        for (const message of messages) taken.push(message)
        if (stretch.through > through) recent.keep(through, { messages, through: stretch.through })
        looked += stretch.messages.length
        through = stretch.through
        if (through < this.seen) continue
        if (fresh) break
        // So far as was known. Whether that is the end is for the leader to say.
        fresh = true
        await this.look(through)
        if (through >= this.seen) break
      }
      if (!fresh) await (asked ?? this.look(through))
      const page = await this.page(taken, through, options)
      if (page.through < through) cursor.close()
      else this.keep(cursor)
      return page
    } catch (error) {
      cursor.close()
      throw error
    }
  }

  close(): void {
    for (const cursor of this.idle.splice(0)) cursor.close()
  }

  private async page(
    taken: readonly Delivered[],
    through: number,
    { after, streams, signal }: ReadOptions,
  ): Promise<LogPage> {
    const filtered = streams !== undefined
    const bodies = decodeBodies(taken)
    const whole = await this.parts.whole(taken, bodies, signal)
    const events: Recorded<EventType>[] = []
    let previous = after
    for (let index = 0; index < whole; index++) {
      const { seq, subject } = taken[index]!
      const body = bodies[index]!
      let event: Recorded<EventType>
      if (body.kind === 'foreign') {
        event = messageOf(seq, subject, body.text)
      } else {
        const found = body.kind === 'event' ? body.event : await this.parts.eventOf(seq, body)
        // Its append was deleted: a hole like any other.
        if (found === undefined) continue
        event = eventOf(seq, subject, found)
      }
      // The consumer has shown what lies between: nothing that is wanted, or nothing at all.
      if (filtered || previous !== seq - 1) (event as { previous?: number }).previous = previous
      events.push(event)
      previous = seq
    }
    const end = whole < taken.length ? taken[whole]!.seq - 1 : through
    return { events, through: end, head: Math.max(this.seen, end) }
  }

  /** Asks the leader where the log ends, now or later; those who ask at the same time share its answer. */
  private look(after: number): Promise<void> {
    // Of less use than an answer of one's own, where the log is said to hold more than was seen.
    if (after > this.seen) return this.ask(after)
    this.nextLook ??= (this.thisLook ?? Promise.resolve()).then(() => {
      this.nextLook = undefined
      const asking = this.ask(this.seen)
      const ended = (): void => {
        if (this.thisLook === settled) this.thisLook = undefined
      }
      const settled = asking.then(ended, ended)
      this.thisLook = settled
      return asking
    })
    return this.nextLook
  }

  private async ask(after: number): Promise<void> {
    const least = Math.max(this.seen, after)
    const end = performance.now() + LEARNING
    for (;;) {
      const { state, config } = await this.link.info(this.log)
      this.forget(state)
      if (state.last_seq >= least) {
        this.saw(state.last_seq)
        return
      }
      if (config.num_replicas === 1 || performance.now() >= end) {
        this.seen = state.last_seq
        // It is not the log that it was.
        this.recent.clear()
        return
      }
      // A new leader has not applied yet what the old one had.
      await this.link.pause(50)
    }
  }

  /** Forgets what was deleted. */
  private forget({ first_seq, num_deleted = 0 }: StreamState): void {
    for (const recent of this.recent.values()) {
      if (num_deleted === this.deleted) recent.dropBefore(first_seq)
      else recent.clear()
    }
    this.deleted = num_deleted
  }

  private recentOf({ key }: Wanted): Recent {
    const recent = this.recent.get(key) ?? new Recent()
    // To the end: the one that was not used for the longest time stands first.
    this.recent.delete(key)
    this.recent.set(key, recent)
    if (this.recent.size > IDLE) this.recent.delete(this.recent.keys().next().value!)
    return recent
  }

  private async cursorAt(wanted: Wanted, after: number): Promise<Cursor> {
    const index = this.idle.findIndex(({ key, position }) => position === after && key === wanted.key)
    const [found] = index === -1 ? [] : this.idle.splice(index, 1)
    return found ?? Cursor.open(this.link, this.log, await cheapest(this.link, this.log, wanted), after)
  }

  private keep(cursor: Cursor): void {
    this.idle.push(cursor)
    if (this.idle.length > IDLE) this.idle.shift()!.close()
  }
}
