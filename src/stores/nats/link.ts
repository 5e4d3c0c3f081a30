import type {
  JetStreamClient,
  JetStreamManager,
  JetStreamPublishOptions,
  PubAck,
  StoredMsg,
  StreamInfo,
} from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { Subject } from 'rxjs'
import { StoreError } from '../../../operators/model/errors/StoreError.ts'
import { type Clients, loadClients } from './clients.ts'
import { ConnectionLostError, codeOf, isRefusal, mayPass, NOT_FOUND } from './failures.ts'

/** How long an answer of a server is waited for, in ms. */
const ANSWER = 2_000

/** How long a disposal waits for calls that are not answered yet, in ms. */
const GRACE = 1_000

/** What a link is made of. */
export interface LinkOptions {
  /** Which store, for messages: without credentials. */
  readonly label: string
  /** Gives the connection; called again where it has been closed. */
  readonly connect: (clients: Clients) => Promise<NatsConnection>
  /** Whether the connection is closed with the store. */
  readonly owned: boolean
  /** How long a call is tried again while no leader or no server answers, in ms. */
  readonly patience: number
  /** Makes what the store needs, on a new connection. */
  readonly prepare: (peer: Peer) => Promise<void>
}

/** A connection, with the clients on it. */
export interface Peer {
  readonly clients: Clients
  readonly nc: NatsConnection
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  /** A new subject for what is delivered to this connection. */
  readonly inbox: () => string
}

/** The way to the servers that all facets of a store share: opened at the first use, patient while servers come and go. */
export class Link {
  readonly label: string
  private readonly options: LinkOptions
  private opening: Promise<Peer> | undefined
  private closed = false
  /** Calls that are not answered yet. */
  private readonly calls = new Set<Promise<void>>()
  /** Emits when the connection is lost: what was asked for or pushed over it will not come any more. */
  readonly losses$: Subject<void> = new Subject<void>()
  /** Emits after each return of a lost connection. */
  readonly returns$: Subject<void> = new Subject<void>()
  /** What fails the requests that were not answered yet. */
  private readonly asked = new Set<(error: unknown) => void>()
  private readonly closing = new AbortController()

  constructor(options: LinkOptions) {
    this.options = options
    this.label = options.label
  }

  /** @throws {StoreError} the store is disposed of, and does not wait any more for what was begun before. */
  checkOpen(): void {
    if (this.closing.signal.aborted) throw this.closedError()
  }

  /** Whether the store is disposed of. */
  get isClosed(): boolean {
    return this.closed
  }

  /** The same facet, whose calls fail after the store's disposal, which waits for those that were begun before. */
  guard<T extends object>(facet: T): T {
    const guarded = Object.entries(facet).map(([name, member]) => [
      name,
      typeof member === 'function' ? (...args: unknown[]) => this.call(() => member(...args)) : member,
    ])
    return Object.fromEntries(guarded) as T
  }

  private async call(work: () => Promise<unknown>): Promise<unknown> {
    if (this.closed) throw this.closedError()
    const result = work()
    const settled = result.then(
      () => {},
      () => {},
    )
    this.calls.add(settled)
    try {
      return await result
    } finally {
      this.calls.delete(settled)
    }
  }

  private closedError(): StoreError {
    return new StoreError(this.label, 'the store is closed')
  }

  /** The open connection. */
  async peer(): Promise<Peer> {
    this.checkOpen()
    this.opening ??= this.open()
    const { opening } = this
    let peer: Peer
    try {
      peer = await opening
    } catch (error) {
      if (this.opening === opening) this.opening = undefined
      throw error
    }
    this.checkOpen()
    if (peer.nc.isClosed()) {
      if (!this.options.owned) throw new StoreError(this.label, 'its connection is closed')
      if (this.opening === opening) this.opening = undefined
      return this.peer()
    }
    return peer
  }

  private async open(): Promise<Peer> {
    const clients = await loadClients(this.label)
    let nc: NatsConnection | undefined
    try {
      nc = await this.options.connect(clients)
      const js = clients.jetstream.jetstream(nc, { timeout: ANSWER })
      const jsm = await clients.jetstream.jetstreamManager(nc, { timeout: ANSWER, checkAPI: false })
      // Not in the client's types: who may use only some inboxes says so when connecting.
      const { inboxPrefix } = (nc as { readonly options?: { readonly inboxPrefix?: string } }).options ?? {}
      const inbox = (): string => clients.transport.createInbox(inboxPrefix)
      const peer = { clients, nc, js, jsm, inbox }
      await this.persist(() => this.options.prepare(peer))
      this.watch(nc)
      return peer
    } catch (error) {
      if (this.options.owned) await nc?.close()
      if (isRefusal(error)) throw new StoreError(this.label, (error as Error).message, { cause: error })
      throw error
    }
  }

  private async watch(nc: NatsConnection): Promise<void> {
    for await (const { type } of nc.status()) {
      if (this.closed) return
      if (type !== 'disconnect' && type !== 'reconnect') continue
      // What is asked for in between may never be sent.
      for (const fail of [...this.asked]) fail(new ConnectionLostError())
      if (type === 'disconnect') this.losses$.next()
      else this.returns$.next()
    }
  }

  /** Does it again, a little later, while it fails for a reason that may pass and the store's patience lasts. */
  async persist<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const end = performance.now() + this.options.patience
    for (let attempt = 0; ; attempt++) {
      this.checkOpen()
      signal?.throwIfAborted()
      try {
        return await work()
      } catch (error) {
        this.checkOpen()
        if (!mayPass(error) || performance.now() >= end) throw error
      }
      await this.pause(Math.min(500, 20 * 2 ** attempt), signal)
    }
  }

  /** Waits, at the longest until the store is closed. */
  pause(ms: number, signal?: AbortSignal): Promise<void> {
    const { signal: closing } = this.closing
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        closing.removeEventListener('abort', end)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      closing.addEventListener('abort', end)
      signal?.addEventListener('abort', end)
      if (closing.aborted || signal?.aborted) end()
    })
  }

  /** Waits for an answer, for as long as the connection holds that was asked over. */
  private answer<T>(asked: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.asked.add(reject)
      asked.then(resolve, reject).finally(() => this.asked.delete(reject))
    })
  }

  /** Publishes once. Where it is not answered, whether it was stored is unknown. */
  async publish(
    subject: string,
    body: string | Uint8Array,
    options: Partial<JetStreamPublishOptions>,
  ): Promise<PubAck> {
    const { js } = await this.peer()
    return this.answer(js.publish(subject, body, { ...options, timeout: ANSWER }))
  }

  /** What the leader of a stream says about it. */
  info(stream: string, subjects?: string): Promise<StreamInfo> {
    return this.persist(async () => {
      const { jsm } = await this.peer()
      return this.answer(jsm.streams.info(stream, subjects === undefined ? undefined : { subjects_filter: subjects }))
    })
  }

  /** The newest message of a subject, from the stream's leader. */
  last(stream: string, subject: string): Promise<StoredMsg | undefined> {
    return this.message(stream, { last_by_subj: subject })
  }

  /** The first message of a subject, which may have wildcards, at a sequence or behind it, from the stream's leader. */
  next(stream: string, subject: string, seq: number): Promise<StoredMsg | undefined> {
    return this.message(stream, { seq, next_by_subj: subject })
  }

  /** The message at a sequence, from the stream's leader. */
  at(stream: string, seq: number): Promise<StoredMsg | undefined> {
    return this.message(stream, { seq })
  }

  private message(
    stream: string,
    query: { seq: number } | { last_by_subj: string } | { seq: number; next_by_subj: string },
  ): Promise<StoredMsg | undefined> {
    return this.persist(async () => {
      const { jsm } = await this.peer()
      try {
        return (await this.answer(jsm.streams.getMessage(stream, query as { seq: number }))) ?? undefined
      } catch (error) {
        if (codeOf(error) === NOT_FOUND) return undefined
        throw error
      }
    })
  }

  /** Ends it, when what was begun is answered or its time is over; `last` may still use the connection. */
  async close(last: () => void): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.losses$.complete()
    this.returns$.complete()
    await Promise.race([Promise.all(this.calls), this.pause(GRACE)])
    this.closing.abort()
    last()
    const opening = this.opening
    if (opening === undefined || !this.options.owned) return
    const peer = await opening.catch(() => undefined)
    await peer?.nc.close()
  }
}
