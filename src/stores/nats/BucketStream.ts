import { codeOf, STREAM_NOT_FOUND } from './failures.ts'
import type { LiveConnection } from './ReconnectingConnection.ts'
import type { RetryingClient } from './RetryingClient.ts'
import { waitUntilUp } from './waitUntilUp.ts'

/** How often a bucket that vanishes is made again within a call. */
const TRIES = 3

/** The JetStream stream under a bucket: made when it is first needed, and again by the next call when it was deleted. */
export class BucketStream {
  readonly #client: RetryingClient
  readonly #bucket: string
  readonly #replicas: number
  #made = new WeakMap<LiveConnection, Promise<unknown>>()

  constructor(client: RetryingClient, bucket: string, replicas: number) {
    this.#client = client
    this.#bucket = bucket
    this.#replicas = replicas
  }

  get name(): string {
    return `KV_${this.#bucket}`
  }

  /** What its subjects begin with, up to the last point. */
  get prefix(): string {
    return `$KV.${this.#bucket}`
  }

  /** Makes it where there is none. */
  ready(): Promise<void> {
    return this.#client.retry(() => this.readyOnce())
  }

  /** The same, tried once and without patience. */
  async readyOnce(): Promise<void> {
    const live = await this.#client.connected()
    let making = this.#made.get(live)
    if (making === undefined) {
      making = this.#make(live)
      this.#made.set(live, making)
    }
    try {
      await making
    } catch (error) {
      this.#made.delete(live)
      throw error
    }
  }

  /** Rejects where there is none. One that another process makes at this moment is not asked for anything yet. */
  async up(): Promise<void> {
    const live = await this.#client.connected()
    // It may be made at this moment, too; where that fails is looked at here.
    const made = this.#made.get(live)?.then(
      () => true,
      () => false,
    )
    if ((await made) === true) return
    await this.#client.request(this.name, (asked) => waitUntilUp(asked, this.prefix))
  }

  /** Does work in it: it is made where it is not there, or not there any more. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      await this.ready()
      try {
        return await work()
      } catch (error) {
        if (codeOf(error) !== STREAM_NOT_FOUND || tries === TRIES) throw error
        this.#forget()
      }
    }
  }

  /** The same, tried once and without patience. */
  async withinOnce<T>(work: () => Promise<T>): Promise<T> {
    await this.readyOnce()
    try {
      return await work()
    } catch (error) {
      if (codeOf(error) === STREAM_NOT_FOUND) this.#forget()
      throw error
    }
  }

  #forget(): void {
    this.#made = new WeakMap()
  }

  async #make(live: LiveConnection): Promise<void> {
    const { Kvm } = live.clients.kv
    await new Kvm(live.js).create(this.#bucket, { history: 1, replicas: this.#replicas, allow_direct: false })
    await waitUntilUp(live, this.prefix)
  }
}
