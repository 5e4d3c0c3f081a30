import type * as JetStream from '@nats-io/jetstream'
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type * as KeyValue from '@nats-io/kv'
import type * as Objects from '@nats-io/obj'
import type * as Transport from '@nats-io/transport-node'
import type { NatsConnection } from '@nats-io/transport-node'
import { Subject } from 'rxjs'
import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { decisionOf } from './failures.ts'

/** How long an answer of a server is waited for, in ms. */
export const ANSWER = 2_000

/** How long a connection that is known to be dead is given to say so itself, in ms. */
const DYING = 2_000

/** How long the end of a connection is waited for, in ms; it goes on behind that. */
const CLOSING = 3_000

/** The clients of a NATS server, which an application installs beside this library. */
export interface Clients {
  readonly transport: typeof Transport
  readonly jetstream: typeof JetStream
  readonly kv: typeof KeyValue
  readonly obj: typeof Objects
}

/** A connection, with the clients on it. */
export interface LiveConnection {
  readonly clients: Clients
  readonly nc: NatsConnection
  readonly js: JetStreamClient
  readonly jsm: JetStreamManager
  /** A new subject for what is delivered to this connection. */
  readonly inbox: () => string
}

/** How connections are made. */
export interface ConnectionOptions {
  /** Which store, for messages: without credentials. */
  readonly label: string
  /** Gives the connection; called again where it has been closed. */
  readonly connect: (clients: Clients) => Promise<NatsConnection>
  /** Whether the connection is closed with the store. */
  readonly owned: boolean
  /** Makes what the store needs, on a new connection. */
  readonly prepare: (live: LiveConnection) => Promise<void>
}

/** The connection of a store: opened at the first use, and again where the one before was closed. */
export class ReconnectingConnection {
  readonly #options: ConnectionOptions
  #opening: Promise<LiveConnection> | undefined
  #worked = false
  #closed = false
  /** Emits when the connection is lost: what was asked for or pushed over it will not come any more. */
  readonly losses$: Subject<void> = new Subject<void>()
  /** Emits after each return of a lost connection, or when there is a new one instead. */
  readonly returns$: Subject<void> = new Subject<void>()

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** Whether it has been open once: then its configuration was right. */
  get worked(): boolean {
    return this.#worked
  }

  async connected(): Promise<LiveConnection> {
    this.#opening ??= this.#open()
    const opening = this.#opening
    let live: LiveConnection
    try {
      live = await opening
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    }
    if (!live.nc.isClosed() || this.#closed) return live
    if (!this.#options.owned) throw new StoreError(this.#options.label, 'its connection is closed')
    if (this.#opening === opening) this.#opening = undefined
    return this.connected()
  }

  async #open(): Promise<LiveConnection> {
    const { label, connect, owned, prepare } = this.#options
    const clients = await loadClients(label)
    let nc: NatsConnection | undefined
    try {
      nc = await connect(clients)
      const js = clients.jetstream.jetstream(nc, { timeout: ANSWER })
      const jsm = await clients.jetstream.jetstreamManager(nc, { timeout: ANSWER, checkAPI: false })
      // Not in the client's types: who may use only some inboxes says so when connecting.
      const { inboxPrefix } = (nc as { readonly options?: { readonly inboxPrefix?: string } }).options ?? {}
      const inbox = (): string => clients.transport.createInbox(inboxPrefix)
      const live = { clients, nc, js, jsm, inbox }
      await prepare(live)
      void this.#watch(nc)
      if (this.#worked) this.returns$.next()
      this.#worked = true
      return live
    } catch (error) {
      if (owned) void nc?.close()
      if (decisionOf(error, this.#worked) === 'never' && !(error instanceof ProjectionError)) {
        throw new StoreError(label, (error as Error).message, { cause: error })
      }
      throw error
    }
  }

  async #watch(nc: NatsConnection): Promise<void> {
    let dying: ReturnType<typeof setTimeout> | undefined
    for await (const { type } of nc.status()) {
      if (this.#closed) break
      if (type === 'staleConnection' && this.#options.owned) {
        // The client first sends what it has left, which may never end: over a dead connection nothing leaves.
        clearTimeout(dying)
        dying = setTimeout(() => void nc.close(), DYING)
        continue
      }
      if (type !== 'disconnect' && type !== 'reconnect' && type !== 'close') continue
      clearTimeout(dying)
      if (type === 'reconnect') this.returns$.next()
      else this.losses$.next()
    }
    clearTimeout(dying)
  }

  /** Says that nothing is needed of it any more: its end is announced, but what is begun may still use it. */
  end(): void {
    this.#closed = true
    this.losses$.complete()
    this.returns$.complete()
  }

  /** Closes it, where it is the store's own: soon, whether or not a server is there. */
  async close(): Promise<void> {
    const opening = this.#opening
    if (opening === undefined || !this.#options.owned) return
    const closing = opening.then(({ nc }) => nc.close()).catch(() => undefined)
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSING)
    })
    await Promise.race([closing, soon])
    clearTimeout(timer)
  }
}

/**
 * Loads the clients.
 *
 * @throws {StoreError} (as a rejection) one of them is not installed.
 */
async function loadClients(store: string): Promise<Clients> {
  try {
    const [transport, jetstream, kv, obj] = await Promise.all([
      import('@nats-io/transport-node'),
      import('@nats-io/jetstream'),
      import('@nats-io/kv'),
      import('@nats-io/obj'),
    ])
    return { transport, jetstream, kv, obj }
  } catch (cause) {
    const packages = '@nats-io/transport-node @nats-io/jetstream @nats-io/kv @nats-io/obj'
    throw new StoreError(store, `its clients cannot be loaded; install them: npm install ${packages}`, { cause })
  }
}
