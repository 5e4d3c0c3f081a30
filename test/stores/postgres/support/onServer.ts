import pg from 'pg'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { type LentDatabase, lendDatabase } from '../../../support/lentPostgres.ts'
import { type PostgresServer, postgresPrograms, startPostgres, withoutServer } from '../../../support/postgresServer.ts'

/** A database of one test file's own. */
export interface TestDatabase {
  readonly url: string
  /** Its name, which none has had before: what is named after it does not clash with what other files left on the server. */
  readonly database: string
  /** A connection, ended with the test. */
  connect(): Promise<pg.Client>
  /** Runs statements on a connection of their own. */
  run(text: string, values?: unknown[]): Promise<pg.QueryResult>
}

/** A server of one test file's own, which it may stop. */
export interface TestServer extends TestDatabase {
  readonly server: PostgresServer
}

/** Describes facts on an empty database of the server that all files share; where none can be had, says so loudly. */
export function describeOnServer(name: string, facts: (on: TestDatabase) => void): void {
  describeIfThereIsOne(name, () => {
    let lent: LentDatabase
    beforeAll(async () => {
      lent = await lendDatabase()
    }, 60_000)
    afterAll(() => lent?.drop())
    facts(databaseAt(() => lent.url))
  })
}

/** Describes facts on a server that is started for them, with settings of its own. */
export function describeOnOwnServer(name: string, facts: (on: TestServer) => void, ...settings: string[]): void {
  describeIfThereIsOne(name, () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres(...settings)
    }, 60_000)
    afterAll(() => server?.remove())
    facts(
      Object.defineProperty(databaseAt(() => server.url) as TestServer, 'server', {
        get: () => server,
        enumerable: true,
      }),
    )
  })
}

function describeIfThereIsOne(name: string, facts: () => void): void {
  if (postgresPrograms === undefined) withoutServer(name)
  describe.runIf(postgresPrograms !== undefined)(name, facts)
}

function databaseAt(url: () => string): TestDatabase {
  return {
    get url() {
      return url()
    },
    get database() {
      return new URL(url()).pathname.slice(1)
    },
    async connect() {
      const client = new pg.Client(url())
      // Servers are crashed and connections are cut here.
      client.on('error', () => undefined)
      await client.connect()
      onTestFinished(() => client.end())
      return client
    },
    async run(text, values) {
      const client = new pg.Client(url())
      await client.connect()
      try {
        return await client.query(text, values)
      } finally {
        await client.end()
      }
    },
  }
}
