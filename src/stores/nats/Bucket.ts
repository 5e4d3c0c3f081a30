import { LeaseLostError } from '../../../operators/model/errors/LeaseLostError.ts'
import type { LeaseClaim } from '../../../operators/model/lease.ts'
import { codeOf, mayPass, WRONG_LAST_SEQUENCE } from './failures.ts'
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
}

/** What a change of a key is: a new text, `null` to delete it, `undefined` to leave it as it is. */
export type Change = string | null | undefined

/** How a change is made. */
export interface ChangeOptions {
  /** The lease that must hold in the commit. */
  readonly lease?: LeaseClaim | undefined
  /** A header of the change, for who is pushed changes without their text. */
  readonly mark?: string
}

const OPERATION = 'KV-Operation'

/** A lease, as it is stored. */
export interface LeaseRecord {
  readonly owner: string
  readonly epoch: number
  /** For how long it is held from its last change on, in ms; `0` when it was given back. */
  readonly ttl: number
}

/**
 * A key-value bucket whose changes are compare-and-set. All is read from the bucket's leader, since another replica may
 * answer with what was.
 */
export class Bucket {
  private readonly link: Link
  private readonly name: string
  private readonly replicas: number
  private readonly made = new WeakMap<Peer, Promise<unknown>>()
  /** Ends when the write does that is in hand. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(link: Link, name: string, replicas: number) {
    this.link = link
    this.name = name
    this.replicas = replicas
  }

  /** The name of the JetStream stream under it. */
  get stream(): string {
    return `KV_${this.name}`
  }

  subject(key: string): string {
    return `$KV.${this.name}.${key}`
  }

  async get(key: string): Promise<Entry> {
    return (await this.read(key)).entry
  }

  /** Stores a text under a key that nothing else writes. */
  async put(key: string, text: string): Promise<void> {
    await this.ready()
    const msgID = crypto.randomUUID()
    await this.link.persist(() => this.inTurn(() => this.link.publish(this.subject(key), text, { msgID })))
  }

  /** Takes all that lies under a key, or under a pattern of keys, out of the bucket. */
  async purge(key: string): Promise<void> {
    await this.ready()
    await this.link.persist(async () => {
      const { jsm } = await this.link.peer()
      await jsm.streams.purge(this.stream, { filter: this.subject(key) })
    })
  }

  /**
   * Changes what lies under a key: reads it, and stores the change behind what was read, again and again until nobody came
   * in between. Under a lease it is stored only where nothing at all was written to the bucket since the lease was read:
   * so who holds the lease by then is known in the very commit.
   *
   * @returns whether something was changed.
   * @throws {LeaseLostError} the lease has another epoch.
   */
  async change(key: string, change: (entry: Entry) => Change, { lease, mark }: ChangeOptions = {}): Promise<boolean> {
    await this.ready()
    const msgID = crypto.randomUUID()
    let unknown = false
    const attempt = async (): Promise<boolean> => {
      for (;;) {
        // Before the lease is read.
        const lastSequence = lease && (await this.link.info(this.stream)).state.last_seq
        const [{ entry, id }] = await Promise.all([this.read(key), lease && this.checkLease(lease)])
        if (unknown && id === msgID) return true
        const text = change(entry)
        if (text === undefined) return false
        const { clients } = await this.link.peer()
        const headers = clients.transport.headers()
        if (text === null) headers.set(OPERATION, 'DEL')
        if (mark !== undefined) headers.set(mark, '1')
        const expect = { lastSubjectSequence: entry.seq, ...(lastSequence !== undefined && { lastSequence }) }
        try {
          await this.link.publish(this.subject(key), text ?? '', { msgID, headers, expect })
          return true
        } catch (error) {
          if (mayPass(error)) unknown = true
          if (codeOf(error) !== WRONG_LAST_SEQUENCE) throw error
        }
      }
    }
    return this.link.persist(lease === undefined ? attempt : () => this.inTurn(attempt))
  }

  /**
   * Lets the writes of this store that would defeat each other's checks wait for each other: many runs that save at once
   * would try again and again. Leases do not wait: they are short of time.
   */
  private inTurn<T>(write: () => Promise<T>): Promise<T> {
    const written = this.turn.then(write)
    this.turn = written.catch(() => undefined)
    return written
  }

  /** Makes the bucket where there is none. */
  ready(): Promise<void> {
    return this.link.persist(async () => {
      const peer = await this.link.peer()
      let making = this.made.get(peer)
      if (making === undefined) {
        making = this.make(peer)
        this.made.set(peer, making)
      }
      try {
        await making
      } catch (error) {
        this.made.delete(peer)
        throw error
      }
    })
  }

  private async make(peer: Peer): Promise<void> {
    const { Kvm } = peer.clients.kv
    await new Kvm(peer.js).create(this.name, { history: 1, replicas: this.replicas, allow_direct: false })
    await waitUntilUp(peer, `$KV.${this.name}`)
  }

  private async checkLease({ name, epoch }: LeaseClaim): Promise<void> {
    const { text } = await this.get(leaseKey(name))
    const record = text === undefined ? undefined : (JSON.parse(text) as LeaseRecord)
    if (record?.epoch !== epoch) throw new LeaseLostError({ lease: name, epoch })
  }

  private async read(key: string): Promise<{ readonly entry: Entry; readonly id: string | undefined }> {
    await this.ready()
    const message = await this.link.last(this.stream, this.subject(key))
    if (message === undefined) return { entry: { text: undefined, seq: 0, time: 0 }, id: undefined }
    const { seq, header, time } = message
    const text = header?.get(OPERATION) ? undefined : message.string()
    return { entry: { text, seq, time: time.getTime() }, id: header?.get(MESSAGE_ID) }
  }
}

/** The key of a lease. */
export function leaseKey(name: string): string {
  return `l.${encodeName(name)}`
}
