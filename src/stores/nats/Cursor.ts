import type { Subscription } from 'rxjs'
import { LogChangedError } from './failures.ts'
import { type DeliveredMessage, PullConsumer } from './PullConsumer.ts'
import type { RetryingClient } from './RetryingClient.ts'
import type { ReadingPlan } from './readingPlan.ts'

/** How long a delivery is waited for that is known to come, in ms, before its consumer counts as gone. */
const OVERDUE = 1_000

/** How many messages are asked for ahead, at the least. */
const AHEAD = 256

/** Messages in their order, as far as a reader has looked. */
export interface MessageRange {
  readonly messages: readonly DeliveredMessage[]
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
  readonly #client: RetryingClient
  readonly #stream: string
  readonly #subjects: ReadonlySet<string> | undefined
  readonly #consumers: PullConsumer[]
  readonly #losses: Subscription
  /** Asks the leader, who tells when another stream is there. */
  readonly #look: () => Promise<void>

  constructor(
    client: RetryingClient,
    stream: string,
    plan: ReadingPlan,
    position: number,
    consumers: PullConsumer[],
    generation: number,
    look: () => Promise<void>,
  ) {
    this.generation = generation
    this.#look = look
    this.#client = client
    this.#stream = stream
    this.key = plan.key
    this.#subjects = plan.mixed ? new Set(plan.subjects) : undefined
    this.position = position
    this.#consumers = consumers
    this.#losses = client.losses$.subscribe(() => {
      for (const consumer of this.#consumers) consumer.break()
    })
  }

  /** Opens it; `look` asks the stream's leader which stream it is. */
  static async open(
    client: RetryingClient,
    stream: string,
    plan: ReadingPlan,
    after: number,
    look: () => Promise<void>,
  ): Promise<Cursor> {
    const { generation } = client.identity
    const consumers = await Promise.all(plan.filters.map((filter) => PullConsumer.open(client, stream, filter, after)))
    const cursor = new Cursor(client, stream, plan, after, consumers, generation, look)
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
    if (this.#client.identity.generation !== this.generation) throw new LogChangedError()
  }

  /** Whether a message is one of those that are wanted. */
  wants({ subject }: DeliveredMessage): boolean {
    return this.#subjects === undefined || this.#subjects.has(subject)
  }

  /** The newest sequence that was delivered. */
  get newest(): number {
    return Math.max(...this.#consumers.map(({ last }) => last))
  }

  /** Takes the next messages: `count` of them, or all up to `head`, and what came behind it in the meantime. */
  async take(count: number, head: number, signal?: AbortSignal): Promise<MessageRange> {
    const reached = await Promise.all(this.#consumers.map((_, index) => this.#fill(index, count, head, signal)))
    let through = Math.min(...reached)
    const messages = this.#consumers.flatMap(({ buffer }) => {
      const end = buffer.findIndex(({ seq }) => seq > through)
      return end === -1 ? buffer : buffer.slice(0, end)
    })
    if (this.#consumers.length > 1) messages.sort((a, b) => a.seq - b.seq)
    if (messages.length > count) {
      messages.length = count
      through = messages[count - 1]!.seq
    }
    for (const { buffer } of this.#consumers) {
      const end = buffer.findIndex(({ seq }) => seq > through)
      buffer.splice(0, end === -1 ? buffer.length : end)
    }
    this.position = through
    return { messages, through }
  }

  close(): void {
    this.#losses.unsubscribe()
    for (const consumer of this.#consumers) consumer.close()
  }

  /** Waits until a consumer holds `count` messages, or all up to the head; gives how far nothing is missing from it. */
  async #fill(index: number, count: number, head: number, signal?: AbortSignal): Promise<number> {
    for (;;) {
      signal?.throwIfAborted()
      this.#client.checkOpen()
      const consumer = this.#consumers[index]!
      if (consumer.buffer.length >= count) return consumer.buffer[count - 1]!.seq
      if (consumer.last >= head) return consumer.last
      const { last } = consumer
      if (consumer.broken || !consumer.isOn(await this.#client.connected())) {
        this.#consumers[index] = await this.#reopen(consumer)
        continue
      }
      consumer.pull(Math.max(2 * count, AHEAD))
      if (consumer.pending === 0) {
        // The consumer may live on a server that lags behind: the leader knows whether anything is to come.
        const next = await this.#client.nextMessage(this.#stream, consumer.filter, last + 1)
        if (consumer.last > last) continue
        if (next === undefined || next.seq > head) return head
      }
      if (!(await consumer.nextDelivery(OVERDUE)) && consumer.last === last) consumer.break()
    }
  }

  /** A new consumer that goes on behind the last message that came. */
  async #reopen(old: PullConsumer): Promise<PullConsumer> {
    old.close()
    const consumer = await PullConsumer.open(this.#client, this.#stream, old.filter, old.last)
    try {
      await this.#checkStream()
    } catch (error) {
      consumer.close()
      throw error
    }
    consumer.buffer.push(...old.buffer)
    return consumer
  }
}
