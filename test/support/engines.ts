import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import { type NatsServer, natsServerIsInstalled, startNatsServer } from './natsServer.ts'
import { type PostgresServer, postgresPrograms, startPostgres, withoutServer } from './postgresServer.ts'

/** A server that several processes share, of one test file's own. */
export interface Engine {
  readonly name: 'PostgreSQL' | 'NATS'
  /** The URL of a store that nobody has used yet. */
  newStore(): Promise<string>
  /** Cuts all connections: PostgreSQL ends its sessions, and a server of NATS crashes and starts again. */
  cut(): Promise<void>
}

let stores = 0

/** Describes facts on each server that has logs, leases, and processes which share them. */
export function describeOnEngines(name: string, facts: (on: Engine) => void): void {
  if (postgresPrograms === undefined) withoutServer(name)
  describe.runIf(postgresPrograms !== undefined)(`on PostgreSQL, ${name}`, { timeout: 180_000 }, () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres('max_connections=300')
    })
    afterAll(() => server?.remove())
    async function run(statement: string): Promise<void> {
      const client = new pg.Client(server.url)
      await client.connect()
      await client.query(statement)
      await client.end()
    }

    facts({
      name: 'PostgreSQL',
      cut: () =>
        run(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()',
        ),
      async newStore() {
        const database = `test_${++stores}`
        await run(`CREATE DATABASE ${database}`)
        return Object.assign(new URL(server.url), { pathname: `/${database}` }).href
      },
    })
  })
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
