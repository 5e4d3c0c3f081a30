import type { Body } from './messageBodies.ts'
import { decodeBody } from './messageBodies.ts'
import type { EventBody } from './messages.ts'
import { isUnnumbered, type Numbering } from './Numbering.ts'
import type { DeliveredMessage } from './PullConsumer.ts'
import type { RetryingClient } from './RetryingClient.ts'

/** How many appends of several events are remembered. */
const REMEMBERED = 64

/** How long an append's writer is given to number its events, in ms, before a reader does it. */
const GRACE = 250

type AppendBody = Exclude<Body, { kind: 'event' | 'foreign' }>

/** Finds the events of appends of several: the first message holds them, those behind it number them. */
export class AppendParts {
  readonly #client: RetryingClient
  readonly #log: string
  readonly #numbering: Numbering
  /** The events of an append that were not given out yet, by its first message. */
  readonly #waiting = new Map<number, (EventBody | undefined)[]>()
  /** First messages of appends whose events are all numbered. */
  readonly #numbered = new Set<number>()

  /** How often the server was asked for the first message of an append. */
  asked = 0

  /** Called with positions that the log is seen to hold. */
  readonly #saw: (position: number) => void

  constructor(client: RetryingClient, log: string, numbering: Numbering, saw: (position: number) => void) {
    this.#saw = saw
    this.#client = client
    this.#log = log
    this.#numbering = numbering
  }

  /** The event of a message; `undefined` where its append is gone. Each is given out once, so that readers share none. */
  async eventOf(seq: number, body: AppendBody): Promise<EventBody | undefined> {
    if (body.kind === 'append') {
      const events: (EventBody | undefined)[] = [...body.events]
      this.#remember(seq, events)
      const [event] = events
      events[0] = undefined
      return event
    }
    const { first, index } = body.place
    const known = this.#waiting.get(first)
    const event = known?.[index]
    if (event !== undefined) {
      known![index] = undefined
      return event
    }
    this.asked++
    const message = await this.#client.messageAt(this.#log, first)
    const found = message && decodeBody(message.data)
    if (found?.kind !== 'append') return undefined
    const events: (EventBody | undefined)[] = [...found.events]
    this.#remember(first, events)
    const own = events[index]
    events[index] = undefined
    return own
  }

  /**
   * How many of these messages a page may hold: it must not pass an append whose events are not all numbered, or they would
   * be missed when its writer is gone. One that stands in front is waited for, and numbered here when nobody does it.
   */
  async whole(messages: readonly DeliveredMessage[], bodies: readonly Body[], signal?: AbortSignal): Promise<number> {
    const open = new Map<number, { readonly at: number; readonly last: number }>()
    for (const [at, body] of bodies.entries()) {
      if (body.kind === 'append') open.set(messages[at]!.seq, { at, last: body.events.length - 1 })
      else if (body.kind === 'number' && open.get(body.place.first)?.last === body.place.index)
        open.delete(body.place.first)
    }
    for (const [first, { at }] of open) {
      if (this.#numbered.has(first)) continue
      if (!(await this.#isNumbered(messages[at]!.subject, first, at === 0, signal))) return at
      this.#numbered.add(first)
      if (this.#numbered.size > REMEMBERED) this.#numbered.delete(this.#numbered.keys().next().value!)
    }
    return messages.length
  }

  async #isNumbered(subject: string, first: number, inFront: boolean, signal?: AbortSignal): Promise<boolean> {
    let reached = -1
    for (;;) {
      signal?.throwIfAborted()
      const tip = await this.#numbering.tip(subject)
      this.#saw(tip.seq)
      if (!isUnnumbered(tip) || tip.part.first !== first) return true
      if (!inFront) return false
      if (tip.part.index === reached) {
        this.#saw((await this.#numbering.finish(subject, tip)).seq)
        return true
      }
      reached = tip.part.index
      await this.#client.pause(GRACE, signal)
    }
  }

  /** Forgets all, since it is of another stream. */
  clear(): void {
    this.#waiting.clear()
    this.#numbered.clear()
  }

  #remember(first: number, events: (EventBody | undefined)[]): void {
    this.#waiting.set(first, events)
    if (this.#waiting.size > REMEMBERED) this.#waiting.delete(this.#waiting.keys().next().value!)
  }
}
