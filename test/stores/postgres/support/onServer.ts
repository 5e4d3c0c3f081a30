import pg from 'pg'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { type PostgresServer, postgresPrograms, startPostgres, withoutServer } from '../../../support/postgresServer.ts'

/** A server of one test file's own. */
export interface TestServer {
  readonly url: string
  readonly server: PostgresServer
  /** A connection, ended with the test. */
  connect(): Promise<pg.Client>
  /** Runs statements on a connection of their own. */
  run(text: string, values?: unknown[]): Promise<pg.QueryResult>
}

/** Describes facts on a server that is started for them; where none can be had, says so loudly. */
export function describeOnServer(name: string, facts: (server: TestServer) => void, ...settings: string[]): void {
  if (postgresPrograms === undefined) withoutServer(name)
  describe.runIf(postgresPrograms !== undefined)(name, () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres(...settings)
    }, 60_000)
    afterAll(() => server?.remove())

    async function connect(): Promise<pg.Client> {
      const client = new pg.Client(server.url)
      // Servers are crashed and connections are cut here.
      client.on('error', () => undefined)
      await client.connect()
      onTestFinished(() => client.end())
      return client
    }

    facts({
      get url() {
        return server.url
      },
      get server() {
        return server
      },
      connect,
      async run(text, values) {
        const client = new pg.Client(server.url)
        await client.connect()
        try {
          return await client.query(text, values)
        } finally {
          await client.end()
        }
      },
    })
  })
}
