import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import { type LentDatabase, lendDatabase } from './lentPostgres.ts'
import { type NatsServer, natsServerIsInstalled, startNatsServer } from './natsServer.ts'
import { postgresPrograms, withoutServer } from './postgresServer.ts'
import { THOROUGH } from './thorough.ts'

/** A server that several processes share. */
export interface Engine {
  readonly name: 'PostgreSQL' | 'NATS'
  /** The URL of a store that nobody has used yet. */
  newStore(): Promise<string>
  /** Cuts all connections: PostgreSQL ends those to the newest store, and a server of NATS crashes and starts again. */
  cut(): Promise<void>
}

let stores = 0

const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`

/**
 * Describes facts on each server that has logs, leases, and processes which share them.
 *
 * @param few The server that stands for all where the tests are not thorough; absent: none does.
 */
export function describeOnEngines(name: string, facts: (on: Engine) => void, few?: Engine['name']): void {
  const isChosen = (engine: Engine['name']): boolean => THOROUGH || few === undefined || few === engine
  if (postgresPrograms === undefined) withoutServer(name)
  if (isChosen('PostgreSQL'))
    describe.runIf(postgresPrograms !== undefined)(`on PostgreSQL, ${name}`, { timeout: 180_000 }, () => {
      const lent: LentDatabase[] = []
      afterAll(async () => {
        for (const database of lent) await database.drop()
      })
      facts({
        name: 'PostgreSQL',
        async cut() {
          const client = new pg.Client(lent.at(-1)!.url)
          await client.connect()
          await client.query(CUT)
          await client.end()
        },
        async newStore() {
          lent.push(await lendDatabase())
          return lent.at(-1)!.url
        },
      })
    })
  if (isChosen('NATS'))
    describe.runIf(natsServerIsInstalled)(`on NATS, ${name}`, { timeout: 180_000 }, () => {
      let server: NatsServer
      beforeAll(async () => {
        server = await startNatsServer()
      })
      afterAll(() => server?.[Symbol.asyncDispose]())
      facts({
        name: 'NATS',
        newStore: async () => `${server.url}/test_${++stores}`,
        cut: () => {
          server.signal('SIGKILL')
          return server.restart()
        },
      })
    })
}
