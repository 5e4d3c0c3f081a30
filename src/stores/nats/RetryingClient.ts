import type { JetStreamPublishOptions, PubAck, StoredMsg, StreamInfo } from '@nats-io/jetstream'
import type { Subject } from 'rxjs'
import { ProjectionError } from '../../../operators/model/errors/ProjectionError.ts'
import { StoreError } from '../../../operators/ports/errors/StoreError.ts'
import { ConnectionLostError, codeOf, decisionOf, isUnheard, NOT_FOUND, STREAM_NOT_FOUND } from './failures.ts'
import { LogIdentity } from './LogIdentity.ts'
import { pause } from './pause.ts'
import {
  ANSWER,
  type ConnectionOptions,
  type LiveConnection,
  ReconnectingConnection,
} from './ReconnectingConnection.ts'

export type { LiveConnection } from './ReconnectingConnection.ts'

/** How long a disposal waits for calls that are not answered yet, in ms. */
const GRACE = 1_000

/** How long after its first answer a server is asked again whether a stream is gone, in ms. */
const CERTAIN = 250

/** What a client is made of. */
export interface RetryingClientOptions extends ConnectionOptions {
  /** The stream of events. */
  readonly log: string
  /** How long a call is tried again while no leader or no server answers, in ms. */
  readonly patience: number
}

/** The way to the servers that all facets of a store share: opened at the first use, patient while servers come and go. */
export class RetryingClient {
  readonly label: string
  readonly losses$: Subject<void>
  readonly returns$: Subject<void>
  /** Which stream of events it is. */
  readonly identity: LogIdentity = new LogIdentity()
  readonly #options: RetryingClientOptions
  readonly #connection: ReconnectingConnection
  #closed = false
  /** Calls that are not answered yet. */
  readonly #calls = new Set<Promise<void>>()
  /** What fails the requests that were not answered yet. */
  readonly #pending = new Set<(error: unknown) => void>()
  readonly #closing = new AbortController()

  constructor(options: RetryingClientOptions) {
    this.#options = options
    this.label = options.label
    const prepare = (live: LiveConnection): Promise<void> => this.retry(() => options.prepare(live))
    this.#connection = new ReconnectingConnection({ ...options, prepare })
    this.losses$ = this.#connection.losses$
    this.returns$ = this.#connection.returns$
    // What is asked for in between may never be sent.
    const fail = (): void => {
      for (const failed of [...this.#pending]) failed(new ConnectionLostError())
    }
    this.losses$.subscribe(fail)
    this.returns$.subscribe(fail)
  }

  /** @throws {StoreError} the store is disposed of, and does not wait any more for what was begun before. */
  checkOpen(): void {
    if (this.#closing.signal.aborted) throw this.#closedError()
  }

  /** Whether the store is disposed of. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** Aborted when the store is disposed of, and does not wait any more for what was begun before. */
  get ended(): AbortSignal {
    return this.#closing.signal
  }

  /** The same facet, whose calls fail after the store's disposal, which waits for those that were begun before. */
  guard<T extends object>(facet: T): T {
    const guarded = Object.entries(facet).map(([name, member]) => [
      name,
      typeof member === 'function' ? (...args: unknown[]) => this.#call(() => member(...args)) : member,
    ])
    return Object.fromEntries(guarded) as T
  }

  async #call(work: () => Promise<unknown>): Promise<unknown> {
    if (this.#closed) throw this.#closedError()
    const result = work()
    const settled = result.then(
      () => {},
      () => {},
    )
    this.#calls.add(settled)
    try {
      return await result
    } finally {
      this.#calls.delete(settled)
    }
  }

  #closedError(): StoreError {
    return new StoreError(this.label, 'the store is closed')
  }

  /** The open connection. */
  async connected(): Promise<LiveConnection> {
    this.checkOpen()
    const live = await this.#connection.connected()
    this.checkOpen()
    return live
  }

  /** Does it again, a little later, while it fails for a reason that may pass and the store's patience lasts. */
  async retry<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const end = performance.now() + this.#options.patience
    for (let attempt = 0; ; attempt++) {
      this.checkOpen()
      signal?.throwIfAborted()
      try {
        return await work()
      } catch (error) {
        this.checkOpen()
        const decision = decisionOf(error, this.#connection.worked)
        if (decision === 'never' && !(error instanceof ProjectionError)) {
          throw new StoreError(this.label, (error as Error).message, { cause: error })
        }
        if (decision !== 'again' || performance.now() >= end) throw error
      }
      await this.pause(Math.min(500, 20 * 2 ** attempt), signal)
    }
  }

  /** Waits, at the longest until the store is closed. */
  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return pause(ms, this.#closing.signal, signal)
  }

  /** Waits for an answer, for as long as the connection holds that was asked over. */
  #answer<T>(asked: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pending.add(reject)
      asked.then(resolve, reject).finally(() => this.#pending.delete(reject))
    })
  }

  /** Asks for something of a stream once. One that is gone is named. */
  async request<T>(stream: string, question: (live: LiveConnection) => Promise<T>): Promise<T> {
    const live = await this.connected()
    try {
      return await this.#answer(question(live))
    } catch (error) {
      this.checkOpen()
      if (codeOf(error) === STREAM_NOT_FOUND || isUnheard(error)) await this.#checkStream(live, stream, error)
      throw error
    }
  }

  /** Publishes to a stream once. Where it is not answered, whether it was stored is unknown. */
  publish(
    stream: string,
    subject: string,
    body: string | Uint8Array,
    options: Partial<JetStreamPublishOptions>,
  ): Promise<PubAck> {
    return this.request(stream, ({ js }) => js.publish(subject, body, { ...options, timeout: ANSWER }))
  }

  /**
   * Looks whether a stream is there: who publishes to one that is gone hears only that nobody listens.
   *
   * @throws {StoreError} the stream of events is gone. A server that has just come up is asked twice.
   * @throws another stream's absence as JetStream says it.
   */
  async #checkStream(live: LiveConnection, stream: string, error: unknown): Promise<void> {
    const absence = (reason: unknown): unknown => (codeOf(reason) === STREAM_NOT_FOUND ? reason : undefined)
    const look = (): Promise<unknown> => this.#answer(live.jsm.streams.info(stream)).then(absence, absence)
    let missing = absence(error) ?? (await look())
    if (missing === undefined) return
    if (stream !== this.#options.log) throw missing
    await this.pause(CERTAIN)
    missing = await look()
    if (missing !== undefined) throw this.logIsGone(missing)
  }

  /** What is said when the stream of events was there, and is not any more. */
  logIsGone(cause?: unknown): StoreError {
    this.checkOpen()
    return new StoreError(this.label, `its stream ${JSON.stringify(this.#options.log)} was deleted`, { cause })
  }

  /** What the leader of a stream says about it. */
  info(stream: string, subjects?: string): Promise<StreamInfo> {
    const filter = subjects === undefined ? undefined : { subjects_filter: subjects }
    return this.retry(() => this.request(stream, ({ jsm }) => jsm.streams.info(stream, filter)))
  }

  /** The newest message of a subject, from the stream's leader. */
  lastMessage(stream: string, subject: string): Promise<StoredMsg | undefined> {
    return this.#message(stream, { last_by_subj: subject })
  }

  /** The first message of a subject, which may have wildcards, at a sequence or behind it, from the stream's leader. */
  nextMessage(stream: string, subject: string, seq: number): Promise<StoredMsg | undefined> {
    return this.#message(stream, { seq, next_by_subj: subject })
  }

  /** The message at a sequence, from the stream's leader. */
  messageAt(stream: string, seq: number): Promise<StoredMsg | undefined> {
    return this.#message(stream, { seq })
  }

  #message(
    stream: string,
    query: { seq: number } | { last_by_subj: string } | { seq: number; next_by_subj: string },
  ): Promise<StoredMsg | undefined> {
    return this.retry(async () => {
      try {
        const found = await this.request(stream, ({ jsm }) => jsm.streams.getMessage(stream, query as { seq: number }))
        return found ?? undefined
      } catch (error) {
        if (codeOf(error) === NOT_FOUND) return undefined
        throw error
      }
    })
  }

  /** Ends it, when what was begun is answered or its time is over; `last` may still use the connection. */
  async close(last: () => void): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#connection.end()
    await Promise.race([Promise.all(this.#calls), this.pause(GRACE)])
    this.#closing.abort()
    this.identity.close()
    // Nobody waits any more for what is not answered.
    for (const fail of [...this.#pending]) fail(this.#closedError())
    last()
    await this.#connection.close()
  }
}
