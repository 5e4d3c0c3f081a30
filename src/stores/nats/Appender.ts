import type { EventType, NewEvent } from '../../../operators/model/event.ts'
import { InvalidEventError } from '../../../operators/ports/errors/InvalidEventError.ts'
import { RevisionConflictError } from '../../../operators/ports/errors/RevisionConflictError.ts'
import type { Appended } from '../../../operators/ports/events.ts'
import { checkAppend } from '../support/newEvents.ts'
import { codeOf, mayPass, WRONG_LAST_ID, WRONG_LAST_SEQUENCE } from './failures.ts'
import { appendBody, captureEvents, MESSAGE_ID, messageId, REVISION, readTip, SIZE, type Tip } from './messages.ts'
import type { NatsAppendOptions } from './NatsAppendOptions.ts'
import { isUnnumbered, type Numbering } from './Numbering.ts'
import { decodeName, encodeName } from './names.ts'
import { checkAppendId } from './options.ts'
import type { RetryingClient } from './RetryingClient.ts'

/** How many streams' ends are remembered. */
const REMEMBERED = 10_000

/** What headers may take of a message's size. */
const HEADERS = 1_024

/** An append that is on its way. */
interface Pending {
  readonly stream: string
  readonly subject: string
  readonly id: string
  readonly captured: readonly string[]
  readonly expected: number | undefined
}

/** Appends to streams: one append of a stream at a time in this process, and by compare-and-set between processes. */
export class Appender {
  readonly #client: RetryingClient
  readonly #log: string
  readonly #numbering: Numbering
  readonly #now: () => string
  readonly #tips = new Map<string, Tip>()
  readonly #queues = new Map<string, Promise<unknown>>()
  #counter = 0
  readonly #self = globalThis.crypto.randomUUID()

  constructor(client: RetryingClient, log: string, numbering: Numbering, now: () => string) {
    this.#client = client
    this.#log = log
    this.#numbering = numbering
    this.#now = now
    // What is remembered is of another stream.
    client.identity.replaced$.subscribe(() => this.#tips.clear())
  }

  async append(stream: string, events: readonly NewEvent<EventType>[], options?: NatsAppendOptions): Promise<Appended> {
    checkAppend(stream, events, options, ['expectedRevision', 'id'])
    checkAppendId(options?.id)
    const token = encodeName(stream)
    const append: Pending = {
      stream,
      subject: `${this.#log}.${token}`,
      id: options?.id ?? `${this.#self}-${++this.#counter}`,
      captured: captureEvents(events, this.#now(), decodeName(token) === undefined ? stream : undefined),
      expected: options?.expectedRevision,
    }
    return this.#inTurn(append.subject, () => this.#store(append))
  }

  /** Runs work on a subject after what was begun on it before. */
  async #inTurn<T>(subject: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(subject)
    const turn = before === undefined ? work() : before.then(work)
    const settled = turn.then(
      () => {},
      () => {},
    )
    this.#queues.set(subject, settled)
    try {
      return await turn
    } finally {
      if (this.#queues.get(subject) === settled) this.#queues.delete(subject)
    }
  }

  async #store(append: Pending): Promise<Appended> {
    const { stream, subject, expected } = append
    let remembered = this.#tips.get(subject)
    for (;;) {
      let tip = remembered ?? (await this.#numbering.tip(subject))
      if (isUnnumbered(tip)) tip = await this.#numbering.finish(subject, tip)
      if (expected !== undefined && expected !== tip.revision) {
        // What is remembered may be old: the conflict must be true when it is told.
        if (remembered === undefined) {
          const earlier = await this.#earlier(append)
          if (earlier !== undefined) return earlier
          this.#remember(subject, tip)
          throw new RevisionConflictError({ stream, expected, actual: tip.revision })
        }
      } else {
        const stored = await this.#publish(append, tip)
        if (stored !== undefined) return this.#finish(subject, stored)
      }
      remembered = undefined
      this.#tips.delete(subject)
    }
  }

  /** Where an append by an id of the user's is stored already, by a try whose answer was lost. */
  async #earlier({ id, subject }: Pending): Promise<Appended | undefined> {
    if (id.startsWith(this.#self)) return undefined
    return this.#client.retry(async () => {
      try {
        // Nothing new can meet this expectation, but an id that is known is answered first.
        const expect = { lastMsgID: `${this.#self}-none` }
        const { seq } = await this.#client.publish(this.#log, subject, '', { msgID: messageId(id, 0), expect })
        const stored = await this.#storedAt(subject, seq)
        return this.#finish(subject, stored)
      } catch (error) {
        if (codeOf(error) === WRONG_LAST_ID) return undefined
        throw error
      }
    })
  }

  /** Publishes behind a stream's end; `undefined` where somebody else was faster. */
  async #publish(append: Pending, tip: Tip): Promise<Tip | undefined> {
    const { subject, captured } = append
    const id = messageId(append.id, 0)
    const body = appendBody(captured, tip.revision + 1)
    const { clients, nc } = await this.#client.retry(() => this.#client.connected())
    const most = (nc.info?.max_payload ?? 1_048_576) - HEADERS
    if (Buffer.byteLength(body) > most) {
      throw new InvalidEventError('events', captured.length, `at most ${most} bytes of JSON together`)
    }
    const headers = clients.transport.headers()
    headers.set(REVISION, `${tip.revision + 1}`)
    if (captured.length > 1) headers.set(SIZE, `${captured.length}`)
    let unknown = false
    return this.#client.retry(async () => {
      try {
        const expect = { lastSubjectSequence: tip.seq }
        const { seq, duplicate } = await this.#client.publish(this.#log, subject, body, { msgID: id, headers, expect })
        if (duplicate) return this.#storedAt(subject, seq)
        const part = { id: append.id, first: seq, index: 0, size: captured.length }
        return { seq, revision: tip.revision + 1, ...(captured.length > 1 && { part }) }
      } catch (error) {
        if (codeOf(error) === WRONG_LAST_SEQUENCE) {
          // An earlier try may be what it stumbled over: it could only be stored right behind the tip.
          const next = unknown ? await this.#client.nextMessage(this.#log, subject, tip.seq + 1) : undefined
          return next?.header.get(MESSAGE_ID) === id ? readTip(next.seq, next.header) : undefined
        }
        if (mayPass(error)) unknown = true
        throw error
      }
    })
  }

  /** The message that an append with this id has stored before. */
  async #storedAt(subject: string, seq: number): Promise<Tip> {
    const message = await this.#client.messageAt(this.#log, seq)
    const tip = message?.subject === subject ? readTip(seq, message.header) : undefined
    if (tip !== undefined) return tip
    throw new InvalidEventError('options.id', seq, `an id that no other append has: message ${seq} has it`)
  }

  async #finish(subject: string, stored: Tip): Promise<Appended> {
    const last = isUnnumbered(stored) ? await this.#numbering.finish(subject, stored) : stored
    this.#remember(subject, last)
    return { position: last.seq, revision: last.revision }
  }

  #remember(subject: string, tip: Tip): void {
    this.#tips.delete(subject)
    this.#tips.set(subject, tip)
    if (this.#tips.size > REMEMBERED) this.#tips.delete(this.#tips.keys().next().value!)
  }
}
