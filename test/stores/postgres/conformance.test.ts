import { storeConformance } from 'rx-projection/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type PostgresServer, postgresPrograms, startPostgres, withoutServer } from '../../support/postgresServer.ts'
import { serverStores } from './support/openers.ts'

if (postgresPrograms === undefined) withoutServer('postgres() on a server')

describe.runIf(postgresPrograms !== undefined)('postgres() on a server conforms', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.remove())

  for (const { name, run } of storeConformance(serverStores(() => server.url))) test(name, run)
})
