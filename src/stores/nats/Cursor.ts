import type { Subscription } from 'rxjs'
import { LogChangedError } from './failures.ts'
import type { Link } from './link.ts'
import type { ReadingPlan } from './readingPlan.ts'
import { type Delivered, Tail } from './Tail.ts'

/** How long a delivery is waited for that is known to come, in ms, before its consumer counts as gone. */
const OVERDUE = 1_000

/** How many messages are asked for ahead, at the least. */
const AHEAD = 256

/** Messages in their order, as far as a reader has looked. */
export interface Stretch {
  readonly messages: readonly Delivered[]
  /** No message up to here is missing. */
  readonly through: number
}

/** A place in the log, from which pages go on: a consumer for each subject that is read, merged. */
export class Cursor {
  readonly key: string
  /** What has been taken, or proven not to exist. */
  position: number
  /** Which of the streams of this name it reads. */
  readonly generation: number
  readonly #link: Link
  readonly #stream: string
  readonly #subjects: ReadonlySet<string> | undefined
  readonly #tails: Tail[]
  readonly #losses: Subscription
  /** Asks the leader, who tells when another stream is there. */
  readonly #look: () => Promise<void>

  constructor(
    link: Link,
    stream: string,
    plan: ReadingPlan,
    position: number,
    tails: Tail[],
    generation: number,
    look: () => Promise<void>,
  ) {
    this.generation = generation
    this.#look = look
    this.#link = link
    this.#stream = stream
    this.key = plan.key
    this.#subjects = plan.mixed ? new Set(plan.subjects) : undefined
    this.position = position
    this.#tails = tails
    this.#losses = link.losses$.subscribe(() => {
      for (const tail of this.#tails) tail.break()
    })
  }

  /** Opens it; `look` asks the stream's leader which stream it is. */
  static async open(
    link: Link,
    stream: string,
    plan: ReadingPlan,
    after: number,
    look: () => Promise<void>,
  ): Promise<Cursor> {
    const { generation } = link.identity
    const tails = await Promise.all(plan.filters.map((filter) => Tail.open(link, stream, filter, after)))
    const cursor = new Cursor(link, stream, plan, after, tails, generation, look)
    try {
      await cursor.#checkStream()
    } catch (error) {
      cursor.close()
      throw error
    }
    return cursor
  }

  /** A consumer was made under the stream's name: what was asked for after that tells which stream it reads. */
  async #checkStream(): Promise<void> {
    await this.#look()
    if (this.#link.identity.generation !== this.generation) throw new LogChangedError()
  }

  /** Whether a message is one of those that are wanted. */
  wants({ subject }: Delivered): boolean {
    return this.#subjects === undefined || this.#subjects.has(subject)
  }

  /** The newest sequence that was delivered. */
  get newest(): number {
    return Math.max(...this.#tails.map(({ last }) => last))
  }

  /** Takes the next messages: `count` of them, or all up to `head`, and what came behind it in the meantime. */
  async take(count: number, head: number, signal?: AbortSignal): Promise<Stretch> {
    const reached = await Promise.all(this.#tails.map((_, index) => this.#fill(index, count, head, signal)))
    let through = Math.min(...reached)
    const messages = this.#tails.flatMap(({ buffer }) => {
      const end = buffer.findIndex(({ seq }) => seq > through)
      return end === -1 ? buffer : buffer.slice(0, end)
    })
    if (this.#tails.length > 1) messages.sort((a, b) => a.seq - b.seq)
    if (messages.length > count) {
      messages.length = count
      through = messages[count - 1]!.seq
    }
    for (const { buffer } of this.#tails) {
      const end = buffer.findIndex(({ seq }) => seq > through)
      buffer.splice(0, end === -1 ? buffer.length : end)
    }
    this.position = through
    return { messages, through }
  }

  close(): void {
    this.#losses.unsubscribe()
    for (const tail of this.#tails) tail.close()
  }

  /** Waits until a tail holds `count` messages, or all up to the head; gives how far nothing is missing from it. */
  async #fill(index: number, count: number, head: number, signal?: AbortSignal): Promise<number> {
    for (;;) {
      signal?.throwIfAborted()
      this.#link.checkOpen()
      const tail = this.#tails[index]!
      if (tail.buffer.length >= count) return tail.buffer[count - 1]!.seq
      if (tail.last >= head) return tail.last
      const { last } = tail
      if (tail.broken || !tail.isOf(await this.#link.peer())) {
        this.#tails[index] = await this.#reopen(tail)
        continue
      }
      tail.ask(Math.max(2 * count, AHEAD))
      if (tail.pending === 0) {
        // The consumer may live on a server that lags behind: the leader knows whether anything is to come.
        const next = await this.#link.next(this.#stream, tail.filter, last + 1)
        if (tail.last > last) continue
        if (next === undefined || next.seq > head) return head
      }
      if (!(await tail.arrival(OVERDUE)) && tail.last === last) tail.break()
    }
  }

  /** A new consumer that goes on behind the last message that came. */
  async #reopen(old: Tail): Promise<Tail> {
    old.close()
    const tail = await Tail.open(this.#link, this.#stream, old.filter, old.last)
    try {
      await this.#checkStream()
    } catch (error) {
      tail.close()
      throw error
    }
    tail.buffer.push(...old.buffer)
    return tail
  }
}
