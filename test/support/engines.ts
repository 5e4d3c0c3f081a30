import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import { type NatsServer, natsServerIsInstalled, startNatsServer } from './natsServer.ts'
import { type PostgresServer, postgresPrograms, startPostgres, withoutServer } from './postgresServer.ts'

/** A server that several processes share, of one test file's own. */
export interface Engine {
  readonly name: 'PostgreSQL' | 'NATS'
  /** The URL of a store that nobody has used yet. */
  newStore(): Promise<string>
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
    facts({
      name: 'PostgreSQL',
      async newStore() {
        const database = `test_${++stores}`
        const client = new pg.Client(server.url)
        await client.connect()
        await client.query(`CREATE DATABASE ${database}`)
        await client.end()
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
    facts({ name: 'NATS', newStore: async () => `${server.url}/test_${++stores}` })
  })
}
