import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { codeOf, mayPass, WRONG_LAST_ID, WRONG_LAST_SEQUENCE } from './failures.ts'
import { FIRST, INDEX, messageId, numberBody, type Part, REVISION, readTip, SIZE, type Tip } from './messages.ts'
import type { RetryingClient } from './RetryingClient.ts'

/** How many messages are sent before their answers are waited for. */
const AT_ONCE = 256

/** An append of several events that are not all numbered yet. */
export interface Unnumbered extends Tip {
  readonly part: Part
}

/** Tells whether a stream ends within an append of several events. */
export function isUnnumbered(tip: Tip): tip is Unnumbered {
  return tip.part !== undefined && tip.part.index < tip.part.size - 1
}

/**
 * Gives the events of an append their sequences: one message for each behind the first.
 *
 * Who appended does it, or whoever finds it undone: a writer that wants to append behind it, a reader that would pass it.
 * They may do it at once: a message is stored only behind its neighbour, either as the next of its subject behind that one's
 * sequence, or as the next of all behind that one's id. The latter needs no answer to the one before.
 */
export class Numbering {
  readonly #client: RetryingClient
  readonly #stream: string

  constructor(client: RetryingClient, stream: string) {
    this.#client = client
    this.#stream = stream
  }

  /** The end of a subject, as its leader has it. */
  async tip(subject: string): Promise<Tip> {
    const message = await this.#client.lastMessage(this.#stream, subject)
    if (message === undefined) return { seq: 0, revision: 0 }
    const tip = readTip(message.seq, message.header)
    if (tip !== undefined) return tip
    throw new StoreError(
      this.#client.label,
      `message ${message.seq} on ${subject} tells no revision: something else writes to this stream`,
    )
  }

  /** Numbers what is left; gives the append's last message. */
  async finish(subject: string, from: Unnumbered): Promise<Tip> {
    const { id, first, size } = from.part
    let tip: Unnumbered = from
    for (;;) {
      tip = await this.#send(subject, tip)
      if (tip.part.index === size - 1) return tip
      const now = await this.#client.retry(() => this.tip(subject))
      if (now.part?.id !== id || now.part.first !== first) return this.#walk(subject, tip)
      if (now.part.index === size - 1) return now
      tip = now as Unnumbered
    }
  }

  /** Sends the next messages, and gives the last one that is known to be stored. */
  async #send(subject: string, from: Unnumbered): Promise<Unnumbered> {
    const { id, first, size, index } = from.part
    const end = Math.min(size, index + 1 + AT_ONCE)
    const answers = await Promise.allSettled(
      Array.from({ length: end - index - 1 }, (_, offset) => {
        const place = index + 1 + offset
        const expect = offset === 0 ? { lastSubjectSequence: from.seq } : { lastMsgID: messageId(id, place - 1) }
        return this.#publish(subject, { id, first, size, index: place }, from.revision - index + place, expect)
      }),
    )
    let last = from
    for (const answer of answers) {
      if (answer.status === 'rejected') {
        const code = codeOf(answer.reason)
        if (code === WRONG_LAST_ID || code === WRONG_LAST_SEQUENCE) break
        if (!mayPass(answer.reason)) throw answer.reason
        await this.#client.pause(20)
        break
      }
      const place = last.part.index + 1
      last = { seq: answer.value.seq, revision: last.revision + 1, part: { id, first, size, index: place } }
    }
    return last
  }

  async #publish(
    subject: string,
    { id, first, size, index }: Part,
    revision: number,
    expect: { lastSubjectSequence: number } | { lastMsgID: string },
  ): Promise<{ readonly seq: number }> {
    const { clients } = await this.#client.connected()
    const headers = clients.transport.headers()
    headers.set(REVISION, `${revision}`)
    headers.set(FIRST, `${first}`)
    headers.set(INDEX, `${index}`)
    headers.set(SIZE, `${size}`)
    return this.#client.publish(this.#stream, subject, numberBody({ first, index }), {
      msgID: messageId(id, index),
      headers,
      expect,
    })
  }

  /** Finds the append's last message behind one of its messages, when the stream has gone on already. */
  async #walk(subject: string, from: Unnumbered): Promise<Tip> {
    let tip: Unnumbered = from
    while (tip.part.index < tip.part.size - 1) {
      const message = await this.#client.nextMessage(this.#stream, subject, tip.seq + 1)
      const next = message && readTip(message.seq, message.header)
      if (next?.part?.first !== tip.part.first) {
        throw new StoreError(this.#client.label, `the append at ${tip.part.first} on ${subject} was deleted in part`)
      }
      tip = next as Unnumbered
    }
    return tip
  }
}
