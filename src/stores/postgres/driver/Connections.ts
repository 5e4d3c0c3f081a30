import type { StoreError } from '../../../../operators/ports/errors/StoreError.ts'
import { decisionAbout } from '../failures.ts'
import { destroyClient } from './destroyClient.ts'
import { listenToPool } from './listenToPool.ts'
import type { PgPool, PgPoolClient } from './pgTypes.ts'
import type { Reconnects } from './Reconnects.ts'
import type { Waits } from './Waits.ts'

/** What helps where a connection does not become free. */
export const EXHAUSTED =
  'if all of the pool are in use: append in a transaction through appendWithin(context.client, …), keep transactions short, or give the pool a larger max'

/** What connections are lent from. */
export interface ConnectionsOptions {
  readonly pool: PgPool
  /** Whether the pool was made for this store, and ends with it. */
  readonly owned: boolean
  readonly address: string
  /** How a free connection is waited for. */
  readonly waits: Waits
  readonly reconnects: Reconnects
}

/** Lends connections of a pool, and takes care that one that broke, or that leads to the wrong server, is not lent again. */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #lent = new Set<PgPoolClient>()
  readonly #cut = new WeakSet<PgPoolClient>()
  /** All connections of an own pool that have not ended. */
  readonly #alive = new Set<PgPoolClient>()
  /** The age of the connections that were made since this began; older ones are of age 0. */
  readonly #ages = new WeakMap<PgPoolClient, number>()
  #age = 0
  readonly #stopListening: () => void
  #onEmpty: (() => void) | undefined

  constructor(options: ConnectionsOptions) {
    this.#options = options
    this.#stopListening = listenToPool(options.pool, { error: this.#lost, connect: this.#connected })
  }

  /** Lends a connection, as soon as one is free. Errors of it are heard until it is given back. */
  async lend(signal?: AbortSignal): Promise<PgPoolClient> {
    for (;;) {
      const client = await this.#next(signal)
      if ((this.#ages.get(client) ?? 0) < this.#age) this.#release(client, true)
      else {
        this.#lent.add(client)
        return client
      }
    }
  }

  /** Takes a connection back; with the error of what was done on it, if it failed. */
  giveBack(client: PgPoolClient, error?: unknown): void {
    this.#lent.delete(client)
    const decision = error === undefined ? 'keep' : decisionAbout(error).connection
    if (decision === 'drop all') this.replaceAll()
    else if (decision === 'drop') this.#lost()
    const drop = decision !== 'keep' || this.#cut.has(client)
    this.#release(client, drop)
    if (this.#lent.size === 0) this.#onEmpty?.()
  }

  /**
   * Cuts a connection that is lent, and still has to be given back.
   *
   * @param why `silent`: it did not answer, so what is true of it may be true of all that are as old. `unwanted`: nobody waits
   * for its answer any more. `broken`: nobody knows what is open on it.
   */
  cut(client: PgPoolClient, why: 'silent' | 'unwanted' | 'broken'): void {
    if (this.#cut.has(client)) return
    this.#cut.add(client)
    if (why === 'unwanted') {
      client.off('error', this.#lost)
      client.on('error', () => undefined)
    } else if (why === 'silent') this.replaceAll()
    else this.#lost()
    destroyClient(client)
  }

  /** Sees to it that no connection is lent that exists now: they lead to a server that is not the right one any more. */
  replaceAll(): void {
    this.#age++
    this.#lost()
  }

  /** Resolves when all is given back, and, of an own pool, when all connections have ended. */
  async close(): Promise<void> {
    const { pool, owned } = this.#options
    if (owned) {
      await pool.end()
      await this.#until(this.#alive)
    } else if (this.#lent.size > 0) await this.#until(this.#lent)
    this.#stopListening()
  }

  /** Cuts what has not ended by itself. */
  destroy(): void {
    for (const client of this.#lent) this.cut(client, 'unwanted')
    for (const client of this.#alive) destroyClient(client)
  }

  #until(connections: ReadonlySet<PgPoolClient>): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = () => {
        if (connections.size === 0) resolve()
      }
      this.#onEmpty()
    })
  }

  async #next(signal: AbortSignal | undefined): Promise<PgPoolClient> {
    const { pool, waits, address, reconnects } = this.#options
    if (waits.over !== undefined) throw waits.over.error as StoreError
    // The pool hears nothing of a connection from now on, and its next message may be an error that comes in the same packet.
    const connecting = new Promise<PgPoolClient>((resolve, reject) => {
      pool.connect((error, client) => {
        client?.on('error', this.#lost)
        if (client === undefined) reject(error)
        else resolve(client)
      })
    })
    try {
      return await waits.for(connecting, {
        what: `a free connection to ${address}`,
        advice: EXHAUSTED,
        signal,
        // It comes too late: the next one may have it.
        giveUp: () => void connecting.then((client) => this.#release(client, false)).catch(() => undefined),
      })
    } catch (error) {
      if (decisionAbout(error).connection !== 'keep') reconnects.lost()
      throw error
    }
  }

  #release(client: PgPoolClient, drop: boolean): void {
    // One that is dropped may still say why; nobody else hears it.
    if (!drop) client.off('error', this.#lost)
    client.release(drop)
  }

  readonly #lost = (): void => this.#options.reconnects.lost()

  readonly #connected = (client: PgPoolClient): void => {
    this.#ages.set(client, this.#age)
    if (this.#options.owned) {
      this.#alive.add(client)
      client.on('end', () => {
        this.#alive.delete(client)
        this.#onEmpty?.()
      })
    }
    this.#options.reconnects.connected()
  }
}
