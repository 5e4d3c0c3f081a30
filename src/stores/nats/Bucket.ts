import type { MsgHdrs } from '@nats-io/transport-node'
import { LeaseLostError } from '../../../operators/ports/errors/LeaseLostError.ts'
import type { LeaseClaim } from '../../../operators/ports/leases.ts'
import { codeOf, mayPass, STREAM_NOT_FOUND, WRONG_LAST_SEQUENCE } from './failures.ts'
import type { Link, Peer } from './link.ts'
import { MESSAGE_ID } from './messages.ts'
import { encodeName } from './names.ts'
import { waitUntilUp } from './waitUntilUp.ts'

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

/** A lease, as it is stored. */
export interface LeaseRecord {
  readonly owner: string
  readonly epoch: number
  /** For how long it is held from its last change on, in ms; `0` when it was given back. */
  readonly ttl: number
  /** Tells two leases of one epoch apart, should the bucket have been lost between them. Absent in older ones. */
  readonly token?: string
}

interface Found {
  readonly entry: Entry
  /** The id of the last change. */
  readonly id: string | undefined
}

/** How often a bucket that vanishes is made again within a call. */
const TRIES = 3

/**
 * A key-value bucket whose changes are compare-and-set. All is read from the bucket's leader, since another replica may
 * answer with what was. A bucket that was deleted is made again by the next call.
 */
export class Bucket {
  readonly #link: Link
  readonly #name: string
  readonly #replicas: number
  #made = new WeakMap<Peer, Promise<unknown>>()
  /** The tokens of the leases that were taken here, by name. */
  readonly #tokens = new Map<string, { readonly epoch: number; readonly token: string }>()
  /** Ends when the write does that is in hand. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(link: Link, name: string, replicas: number) {
    this.#link = link
    this.#name = name
    this.#replicas = replicas
  }

  /** The name of the JetStream stream under it. */
  get stream(): string {
    return `KV_${this.#name}`
  }

  subject(key: string): string {
    return `$KV.${this.#name}.${key}`
  }

  async get(key: string): Promise<Entry> {
    return (await this.#read(key)).entry
  }

  /** The same, without making the bucket where there is none. */
  async peek(key: string): Promise<Entry> {
    try {
      await this.#link.persist(() => this.#up())
      return (await this.#find(key)).entry
    } catch (error) {
      if (codeOf(error) === STREAM_NOT_FOUND) return NOTHING
      throw error
    }
  }

  /** Rejects where there is no bucket. One that another process makes at this moment is not asked for anything yet. */
  async #up(): Promise<void> {
    const peer = await this.#link.peer()
    // It may be made at this moment, too; where that fails is looked at here.
    const made = this.#made.get(peer)?.then(
      () => true,
      () => false,
    )
    if ((await made) === true) return
    await this.#link.ask(this.stream, (asked) => waitUntilUp(asked, `$KV.${this.#name}`))
  }

  /** Stores a text under a key that nothing else writes. */
  async put(key: string, text: string): Promise<void> {
    const msgID = crypto.randomUUID()
    const publish = () => this.#link.publish(this.stream, this.subject(key), text, { msgID })
    await this.#within(() => this.#link.persist(() => this.#inTurn(publish)))
  }

  /** Takes all that lies under a key, or under a pattern of keys, out of the bucket. */
  async purge(key: string): Promise<void> {
    const filter = this.subject(key)
    await this.#within(() =>
      this.#link.persist(() => this.#link.ask(this.stream, ({ jsm }) => jsm.streams.purge(this.stream, { filter }))),
    )
  }

  /** Does work in the bucket, which is made where it is not there, or not there any more. */
  async #within<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      await this.ready()
      try {
        return await work()
      } catch (error) {
        if (codeOf(error) !== STREAM_NOT_FOUND || tries === TRIES) throw error
        this.#made = new WeakMap()
      }
    }
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
    return this.#within(() => this.#link.persist(lease === undefined ? attempt : () => this.#inTurn(attempt)))
  }

  /** The same, tried once and without patience. */
  async changeOnce(key: string, change: (entry: Entry) => Change): Promise<boolean> {
    await this.#readyOnce()
    try {
      return await this.#attempt(key, change, {})()
    } catch (error) {
      if (codeOf(error) === STREAM_NOT_FOUND) this.#made = new WeakMap()
      throw error
    }
  }

  /** Sends a text to a key, and does not wait for an answer. */
  async send(key: string, text: string): Promise<void> {
    await this.#readyOnce()
    const { nc } = await this.#link.peer()
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
        const lastSequence = lease && (await this.#link.info(this.stream)).state.last_seq
        const [{ entry, id }] = await Promise.all([this.#find(key), lease && this.#checkLease(lease)])
        if (unknown && id === msgID) return true
        const text = change(entry)
        if (text === undefined) return false
        const { clients } = await this.#link.peer()
        const headers = clients.transport.headers()
        if (text === null) headers.set(OPERATION, 'DEL')
        for (const [name, value] of Object.entries(given ?? {})) headers.set(name, value)
        const expect = { lastSubjectSequence: entry.seq, ...(lastSequence !== undefined && { lastSequence }) }
        try {
          await this.#link.publish(this.stream, this.subject(key), text ?? '', { msgID, headers, expect })
          return true
        } catch (error) {
          if (mayPass(error)) unknown = true
          if (codeOf(error) !== WRONG_LAST_SEQUENCE) throw error
        }
      }
    }
  }

  /** Remembers a lease that was taken here: a claim to it holds for no other of the same epoch. */
  took(lease: string, epoch: number, token: string): void {
    this.#tokens.set(lease, { epoch, token })
  }

  /** Whether a stored lease is the one that a claim is made to. */
  isHeld(record: LeaseRecord | undefined, { name, epoch }: LeaseClaim): record is LeaseRecord {
    if (record?.epoch !== epoch) return false
    const own = this.#tokens.get(name)
    return own?.epoch !== epoch || record.token === undefined || record.token === own.token
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
    return this.#link.persist(() => this.#readyOnce())
  }

  async #readyOnce(): Promise<void> {
    const peer = await this.#link.peer()
    let making = this.#made.get(peer)
    if (making === undefined) {
      making = this.#make(peer)
      this.#made.set(peer, making)
    }
    try {
      await making
    } catch (error) {
      this.#made.delete(peer)
      throw error
    }
  }

  async #make(peer: Peer): Promise<void> {
    const { Kvm } = peer.clients.kv
    await new Kvm(peer.js).create(this.#name, { history: 1, replicas: this.#replicas, allow_direct: false })
    await waitUntilUp(peer, `$KV.${this.#name}`)
  }

  async #checkLease(claim: LeaseClaim): Promise<void> {
    const { name, epoch } = claim
    const { text } = (await this.#find(leaseKey(name))).entry
    const record = text === undefined ? undefined : (JSON.parse(text) as LeaseRecord)
    if (!this.isHeld(record, claim)) throw new LeaseLostError({ lease: name, epoch })
  }

  #read(key: string): Promise<Found> {
    return this.#within(() => this.#find(key))
  }

  async #find(key: string): Promise<Found> {
    const message = await this.#link.last(this.stream, this.subject(key))
    if (message === undefined) return { entry: NOTHING, id: undefined }
    const { seq, header, time } = message
    const text = header?.get(OPERATION) ? undefined : message.string()
    return { entry: { text, seq, time: time.getTime(), headers: header }, id: header?.get(MESSAGE_ID) }
  }
}

/** The key of a lease. */
export function leaseKey(name: string): string {
  return `l.${encodeName(name)}`
}
