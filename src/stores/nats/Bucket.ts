import type { MsgHdrs } from '@nats-io/transport-node'
import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import type { LeaseClaim } from '../../../operators/ports/leases.ts'
import { BucketStream } from './BucketStream.ts'
import { codeOf, mayPass, STREAM_NOT_FOUND, WRONG_LAST_SEQUENCE } from './failures.ts'
import { HeldLeases, type LeaseRecord, leaseKey } from './HeldLeases.ts'
import { MESSAGE_ID } from './messages.ts'
import type { RetryingClient } from './RetryingClient.ts'

/** What a key holds. */
export interface Entry {
  /** `undefined` where there is nothing, or where it was deleted. */
  readonly text: string | undefined
  /** The sequence of the last change; `0` where there was none. */
  readonly seq: number
  /** When the last change was stored, by the server's clock, in ms. */
  readonly time: number
  /** The headers of the last change. */
  readonly headers?: MsgHdrs | undefined
}

const NOTHING: Entry = { text: undefined, seq: 0, time: 0 }

/** What a change of a key is: a new text, `null` to delete it, `undefined` to leave it as it is. */
export type Change = string | null | undefined

/** How a change is made. */
export interface ChangeOptions {
  /** The lease that must hold in the commit. */
  readonly lease?: LeaseClaim | undefined
  /** Headers of the change: what who is pushed changes without their text, or an older version, must not read in it. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

const OPERATION = 'KV-Operation'

interface Found {
  readonly entry: Entry
  /** The id of the last change. */
  readonly id: string | undefined
}

/**
 * A key-value bucket whose changes are compare-and-set. All is read from the bucket's leader, since another replica may
 * answer with what was. A bucket that was deleted is made again by the next call.
 */
export class Bucket {
  /** The leases that were taken here. */
  readonly leases: HeldLeases = new HeldLeases()
  readonly #client: RetryingClient
  readonly #stream: BucketStream
  /** Ends when the write does that is in hand. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(client: RetryingClient, name: string, replicas: number) {
    this.#client = client
    this.#stream = new BucketStream(client, name, replicas)
  }

  /** The name of the JetStream stream under it. */
  get stream(): string {
    return this.#stream.name
  }

  subject(key: string): string {
    return `${this.#stream.prefix}.${key}`
  }

  async get(key: string): Promise<Entry> {
    return (await this.#read(key)).entry
  }

  /** The same, without making the bucket where there is none. */
  async peek(key: string): Promise<Entry> {
    try {
      await this.#client.retry(() => this.#stream.up())
      return (await this.#find(key)).entry
    } catch (error) {
      if (codeOf(error) === STREAM_NOT_FOUND) return NOTHING
      throw error
    }
  }

  /** Stores a text under a key that nothing else writes. */
  async put(key: string, text: string): Promise<void> {
    const msgID = crypto.randomUUID()
    const publish = () => this.#client.publish(this.stream, this.subject(key), text, { msgID })
    await this.#stream.within(() => this.#client.retry(() => this.#inTurn(publish)))
  }

  /** Takes all that lies under a key, or under a pattern of keys, out of the bucket. */
  async purge(key: string): Promise<void> {
    const filter = this.subject(key)
    await this.#stream.within(() =>
      this.#client.retry(() =>
        this.#client.request(this.stream, ({ jsm }) => jsm.streams.purge(this.stream, { filter })),
      ),
    )
  }

  /**
   * Changes what lies under a key: reads it, and stores the change behind what was read, again and again until nobody came
   * in between. Under a lease it is stored only where nothing at all was written to the bucket since the lease was read:
   * so who holds the lease by then is known in the very commit.
   *
   * @returns whether something was changed.
   * @throws {LeaseLostError} the lease has another epoch.
   */
  async change(key: string, change: (entry: Entry) => Change, options: ChangeOptions = {}): Promise<boolean> {
    const attempt = this.#attempt(key, change, options)
    const { lease } = options
    return this.#stream.within(() => this.#client.retry(lease === undefined ? attempt : () => this.#inTurn(attempt)))
  }

  /** The same, tried once and without patience. */
  async changeOnce(key: string, change: (entry: Entry) => Change): Promise<boolean> {
    return this.#stream.withinOnce(this.#attempt(key, change, {}))
  }

  /** Sends a text to a key, and does not wait for an answer. */
  async send(key: string, text: string): Promise<void> {
    await this.#stream.readyOnce()
    const { nc } = await this.#client.connected()
    nc.publish(this.subject(key), text)
  }

  #attempt(
    key: string,
    change: (entry: Entry) => Change,
    { lease, headers: given }: ChangeOptions,
  ): () => Promise<boolean> {
    const msgID = crypto.randomUUID()
    let unknown = false
    return async () => {
      for (;;) {
        // Before the lease is read.
        const lastSequence = lease && (await this.#client.info(this.stream)).state.last_seq
        const [{ entry, id }] = await Promise.all([this.#find(key), lease && this.#checkLease(lease)])
        if (unknown && id === msgID) return true
        const text = change(entry)
        if (text === undefined) return false
        const { clients } = await this.#client.connected()
        const headers = clients.transport.headers()
        if (text === null) headers.set(OPERATION, 'DEL')
        for (const [name, value] of Object.entries(given ?? {})) headers.set(name, value)
        const expect = { lastSubjectSequence: entry.seq, ...(lastSequence !== undefined && { lastSequence }) }
        try {
          await this.#client.publish(this.stream, this.subject(key), text ?? '', { msgID, headers, expect })
          return true
        } catch (error) {
          if (mayPass(error)) unknown = true
          if (codeOf(error) !== WRONG_LAST_SEQUENCE) throw error
        }
      }
    }
  }

  /**
   * Lets the writes of this store that would defeat each other's checks wait for each other: many runs that save at once
   * would try again and again. Leases do not wait: they are short of time.
   */
  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#turn.then(write)
    this.#turn = written.catch(() => undefined)
    return written
  }

  /** Makes the bucket where there is none. */
  ready(): Promise<void> {
    return this.#stream.ready()
  }

  async #checkLease(claim: LeaseClaim): Promise<void> {
    const { name, epoch } = claim
    const { text } = (await this.#find(leaseKey(name))).entry
    const record = text === undefined ? undefined : (JSON.parse(text) as LeaseRecord)
    if (!this.leases.isHeld(record, claim)) throw new LeaseLostError({ lease: name, epoch })
  }

  #read(key: string): Promise<Found> {
    return this.#stream.within(() => this.#find(key))
  }

  async #find(key: string): Promise<Found> {
    const message = await this.#client.lastMessage(this.stream, this.subject(key))
    if (message === undefined) return { entry: NOTHING, id: undefined }
    const { seq, header, time } = message
    const text = header?.get(OPERATION) ? undefined : message.string()
    return { entry: { text, seq, time: time.getTime(), headers: header }, id: header?.get(MESSAGE_ID) }
  }
}
