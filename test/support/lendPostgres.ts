import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type PostgresServer, startPostgres } from './postgresServer.ts'

/**
 * Lends one PostgreSQL server to all files of a run, since a server takes longer to start than most files to run. The first
 * request starts it, so that a run without PostgreSQL starts none; the end of the run removes it.
 */
export default async function lendPostgres({ provide }: TestProject): Promise<() => Promise<void>> {
  let server: Promise<PostgresServer> | undefined
  const desk = createServer(async (_, response) => {
    // A connection that is kept may be closed at the moment in which the next file, after a long test, asks on it.
    response.setHeader('connection', 'close')
    server ??= Promise.resolve().then(() => startPostgres('max_connections=400'))
    await server.then(
      ({ url }) => response.end(url),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve))
  provide('postgresDesk', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`)
  return async () => {
    desk.close()
    await server?.then(
      (running) => running.remove(),
      () => undefined,
    )
  }
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the server is asked for. */
    readonly postgresDesk: string
  }
}
