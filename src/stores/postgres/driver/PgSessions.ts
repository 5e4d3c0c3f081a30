import { AsyncSubject, type SchedulerLike } from 'rxjs'
import type { Queryable, Session } from './Driver.ts'
import { destroyClient } from './destroyClient.ts'
import type { PgClient, PgClientClass, PgPool } from './pgTypes.ts'
import type { Reconnects } from './Reconnects.ts'
import type { Waits } from './Waits.ts'

/** How long a connection may stand idle, in ms, before the system probes it. */
export const KEEP_ALIVE_AFTER = 10_000

/** How long a connection is waited for that is to end, in ms. */
const END_WITHIN = 2_000

/** What sessions are made of. */
export interface PgSessionsOptions {
  readonly pool: PgPool
  readonly Client: PgClientClass
  readonly address: string
  readonly waits: Waits
  readonly reconnects: Reconnects
  readonly scheduler: SchedulerLike
  /** How statements are asked on a client. */
  readonly on: (client: PgClient) => Queryable
}

/** A session over `pg`. */
export interface PgSession extends Session {
  readonly client: PgClient
}

/** Opens connections that are not the pool's. */
export class PgSessions {
  readonly #options: PgSessionsOptions
  readonly #open = new Map<PgClient, Promise<unknown>>()

  constructor(options: PgSessionsOptions) {
    this.#options = options
  }

  async connect(): Promise<PgSession> {
    const { pool, Client, address, waits, reconnects, scheduler, on } = this.#options
    const client = new Client({
      ...configOf(pool),
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER,
    })
    const ended$ = new AsyncSubject<unknown>()
    let closing = false
    const gone = new Promise<void>((resolve) => {
      const end = (error?: Error): void => {
        if (!closing) reconnects.lost()
        this.#open.delete(client)
        ended$.next(error ?? new Error('the connection has ended'))
        ended$.complete()
        resolve()
      }
      client.on('error', end)
      client.on('end', end)
    })
    this.#open.set(client, gone)
    try {
      await waits.for(client.connect(), { what: `a connection to ${address}`, giveUp: () => destroyClient(client) })
    } catch (error) {
      reconnects.lost()
      this.#open.delete(client)
      client.end().catch(() => undefined)
      throw error
    }
    reconnects.connected()
    const close = async (): Promise<void> => {
      closing = true
      const late = scheduler.schedule(() => destroyClient(client), END_WITHIN)
      client.end().catch(() => undefined)
      await gone
      late.unsubscribe()
    }
    const giveUp = (): void => {
      reconnects.lost()
      destroyClient(client)
    }
    return { ...on(client), client, ended$, close, cut: giveUp }
  }

  /** Resolves when all have ended that are open. */
  async close(): Promise<void> {
    await Promise.all(this.#open.values())
  }

  /** Cuts all that are open. */
  destroy(): void {
    for (const client of this.#open.keys()) destroyClient(client)
  }
}

/** The configuration of a pool; `pg` hides its password from loops over it. */
function configOf({ options }: PgPool): object {
  const { password } = options as { password?: unknown }
  return password === undefined ? options : { ...options, password }
}
