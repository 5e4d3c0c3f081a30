import type { Msg, Subscription } from '@nats-io/transport-node'
import type { LiveConnection, RetryingClient } from './RetryingClient.ts'

/** How long a server keeps a pull open, in ms. */
const PULL = 30_000

/** How long a server keeps a consumer that nobody asks for messages, in ms. */
const INACTIVE = 60_000

const NANOS = 1_000_000

/** A message as a consumer delivered it. */
export interface DeliveredMessage {
  /** Its sequence in the stream. */
  readonly seq: number
  readonly subject: string
  readonly data: Uint8Array
}

/**
 * A pull consumer's messages from a position on. The consumer numbers what it delivers, so that a message that was lost on
 * the way is noticed; what lies between two neighbours was deleted, or is of other subjects.
 */
export class PullConsumer {
  readonly filter: string
  /** Delivered and not taken yet. */
  readonly buffer: DeliveredMessage[] = []
  /** The sequence of the newest message that was delivered; at first, the position that it was opened after. */
  last: number
  /** How many messages the consumer had still to deliver when it delivered the last one. */
  pending = 0
  /** It delivers nothing any more: the consumer is gone, or a message was lost on the way. */
  broken = false
  #delivered = 0
  #credit = 0
  #waiting: (() => void) | undefined
  #name = ''
  #inbox = ''
  #subscription: Subscription | undefined
  readonly #stream: string
  readonly #live: LiveConnection

  /** Called when the server says that the consumer, and perhaps the stream, was deleted. */
  readonly #onDeleted: () => void

  constructor(live: LiveConnection, stream: string, filter: string, after: number, onDeleted: () => void) {
    this.#onDeleted = onDeleted
    this.#live = live
    this.#stream = stream
    this.filter = filter
    this.last = after
  }

  static open(client: RetryingClient, stream: string, filter: string, after: number): Promise<PullConsumer> {
    const onDeleted = (): void => client.identity.suspect()
    return client.retry(async () => {
      const consumer = new PullConsumer(await client.connected(), stream, filter, after, onDeleted)
      await consumer.#start(client, after)
      return consumer
    })
  }

  async #start(client: RetryingClient, after: number): Promise<void> {
    const { clients, nc, inbox } = this.#live
    const { AckPolicy, DeliverPolicy } = clients.jetstream
    const config = {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: after + 1,
      ack_policy: AckPolicy.None,
      ...(this.filter !== `${this.#stream}.>` && { filter_subject: this.filter }),
      inactive_threshold: INACTIVE * NANOS,
      mem_storage: true,
      num_replicas: 1,
    }
    const info = await client.request(this.#stream, ({ jsm }) => jsm.consumers.add(this.#stream, config))
    this.#name = info.name
    this.pending = info.num_pending
    this.#inbox = inbox()
    this.#subscription = nc.subscribe(this.#inbox, { callback: (_, message) => this.#handleMessage(message) })
  }

  /** Pulls until this many messages are delivered or on their way. */
  pull(count: number): void {
    const missing = count - this.buffer.length - this.#credit
    if (missing <= 0 || this.broken) return
    const { nc } = this.#live
    if (nc.isClosed()) {
      this.break()
      return
    }
    this.#credit += missing
    nc.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${this.#stream}.${this.#name}`,
      JSON.stringify({ batch: missing, expires: PULL * NANOS }),
      { reply: this.#inbox },
    )
  }

  /** Waits for a delivery, for so many ms at the longest; whether one came. */
  async nextDelivery(ms: number): Promise<boolean> {
    if (this.broken) return false
    const before = this.last
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#waiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#waiting = undefined
    return this.last > before
  }

  /** Whether it was opened on this connection. */
  isOn(live: LiveConnection): boolean {
    return this.#live === live
  }

  break(): void {
    this.broken = true
    this.#waiting?.()
  }

  /** Lets the consumer go; the server forgets it by itself when this does not reach it. */
  close(): void {
    this.break()
    this.#subscription?.unsubscribe()
    const { nc } = this.#live
    if (!nc.isClosed()) nc.publish(`$JS.API.CONSUMER.DELETE.${this.#stream}.${this.#name}`)
  }

  #handleMessage(message: Msg): void {
    const { reply } = message
    if (this.broken) return
    if (reply === undefined || !reply.startsWith('$JS.ACK.')) {
      this.#handleStatus(message)
      return
    }
    const place = placeOf(reply)
    this.#credit--
    if (place.delivered !== ++this.#delivered) {
      this.break()
      return
    }
    this.buffer.push({ seq: place.seq, subject: message.subject, data: message.data })
    this.last = place.seq
    this.pending = place.pending
    this.#waiting?.()
  }

  /** A status: the end of a pull, or of the consumer. */
  #handleStatus({ headers }: Msg): void {
    if (headers?.code === 100) return
    if (headers?.code === 408) {
      // The end of a pull; a later one may still be open.
      this.#credit = Math.max(0, this.#credit - Number(headers.get('Nats-Pending-Messages') || this.#credit))
      return
    }
    this.break()
    // Who follows the log and waits for a hint would otherwise learn of it late.
    if (headers?.code === 409) this.#onDeleted()
  }
}

/** Reads what a delivery's reply subject tells: `$JS.ACK.[…]<stream>.<consumer>.<tries>.<seq>.<delivered>.<time>.<pending>[.…]`. */
function placeOf(reply: string): { readonly seq: number; readonly delivered: number; readonly pending: number } {
  const tokens = reply.split('.')
  // Older servers give 9 tokens, newer ones also the domain and the account in front.
  const at = tokens.length === 9 ? 5 : 7
  return { seq: Number(tokens[at]), delivered: Number(tokens[at + 1]), pending: Number(tokens[at + 3]) }
}
