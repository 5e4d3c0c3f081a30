import type { EventType, Recorded } from '../../../operators/model/event.ts'
import type { LogPage, ReadOptions } from '../../../operators/model/store.ts'
import { AppendParts } from './AppendParts.ts'
import { decodeBodies, eventOf, messageOf } from './bodies.ts'
import { Cursor } from './Cursor.ts'
import type { Link } from './link.ts'
import type { Numbering } from './Numbering.ts'
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

  async read({ after, limit, streams, signal }: ReadOptions): Promise<LogPage> {
    let fresh = this.seen <= after
    if (fresh) await this.look(after)
    if (this.seen <= after) return { events: [], through: after, head: this.seen }
    const wanted = wantedOf(this.log, streams)
    const cursor = await this.cursorAt(wanted, after)
    try {
      const taken: Delivered[] = []
      let through = after
      for (let looked = 0; taken.length < limit && looked < LOOKED_AT; ) {
        const stretch = await cursor.take(limit - taken.length, this.seen, signal)
        this.saw(Math.max(cursor.newest, stretch.through))
        for (const message of stretch.messages) if (cursor.wants(message)) taken.push(message)
        looked += stretch.messages.length
        through = stretch.through
        if (through < this.seen) continue
        if (fresh) break
        // So far as was known. Whether that is the end is for the leader to say.
        fresh = true
        await this.look(through)
        if (through >= this.seen) break
      }
      const page = await this.page(taken, { after, through, filtered: streams !== undefined }, signal)
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
    { after, through, filtered }: { after: number; through: number; filtered: boolean },
    signal: AbortSignal | undefined,
  ): Promise<LogPage> {
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

  /** Asks the leader where the log ends. */
  private async look(after: number): Promise<void> {
    const least = Math.max(this.seen, after)
    const end = performance.now() + LEARNING
    for (;;) {
      const { state, config } = await this.link.info(this.log)
      if (state.last_seq >= least) {
        this.saw(state.last_seq)
        return
      }
      if (config.num_replicas === 1 || performance.now() >= end) {
        this.seen = state.last_seq
        return
      }
      // A new leader has not applied yet what the old one had.
      await this.link.pause(50)
    }
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
