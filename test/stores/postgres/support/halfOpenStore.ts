import pg from 'pg'
import { type PostgresOptions, type PostgresStore, postgres } from 'rx-projection/postgres'
import { expect, onTestFinished, vi } from 'vitest'
import { VirtualTime } from '../../../runtime/support/VirtualTime.ts'
import { type HalfOpenProxy, startHalfOpenProxy } from './halfOpenProxy.ts'
import type { TestDatabase } from './onServer.ts'
import { newSchema } from './openers.ts'

/** A store behind a proxy whose connections can fall silent, in virtual time. Its log has one event. */
export interface Half {
  readonly proxy: HalfOpenProxy
  readonly time: VirtualTime
  readonly store: PostgresStore & { readonly schema: string }
  /** Waits until something more was sent in vain. */
  sent(since?: number): Promise<void>
}

/** Opens such a store; with a pool of the application, or one of its own. */
export async function openHalf(on: TestDatabase, options: Partial<PostgresOptions> = {}, pool = false): Promise<Half> {
  const proxy = await startHalfOpenProxy(on.url)
  const time = new VirtualTime()
  const schema = newSchema()
  await using writer = postgres({ connectionString: on.url, schema })
  await writer.events.append('a', [{ type: 'A', payload: 1 }])
  const own = pool ? new pg.Pool({ connectionString: proxy.url }) : undefined
  const store = postgres({
    ...(own === undefined ? { connectionString: proxy.url } : { pool: own }),
    schema,
    scheduler: time,
    random: () => 0,
    ...options,
    events: undefined,
  })
  onTestFinished(() => {
    proxy.cut()
  })
  await store.open()
  return {
    proxy,
    time,
    store: { ...store, schema },
    sent: (since = 0) => vi.waitFor(() => expect(proxy.swallowed).toBeGreaterThan(since), { interval: 2 }),
  }
}
