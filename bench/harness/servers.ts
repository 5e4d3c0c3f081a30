import { natsServerIsInstalled, startNatsServer } from '../../test/support/natsServer.ts'
import { postgresPrograms, startPostgres } from '../../test/support/postgresServer.ts'

/** A server that a row may need. */
export type ServerKind = 'postgres' | 'nats'

interface Running {
  readonly url: string
  stop(): Promise<void>
}

/** The servers of a run of the benchmarks: of the run's own, on loopback, started when a row first needs them. */
export class Servers implements AsyncDisposable {
  private readonly running = new Map<ServerKind, Running>()

  /** Whether there is one to start. */
  static has(kind: ServerKind): boolean {
    return kind === 'postgres' ? postgresPrograms !== undefined : natsServerIsInstalled
  }

  async url(kind: ServerKind): Promise<string> {
    const server = this.running.get(kind) ?? (await start(kind))
    this.running.set(kind, server)
    return server.url
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.running.values()) await server.stop()
    this.running.clear()
  }
}

async function start(kind: ServerKind): Promise<Running> {
  if (kind === 'postgres') {
    // As durable as it comes; memory for a small server.
    const server = await startPostgres('fsync=on', 'shared_buffers=512MB', 'max_wal_size=4GB')
    return { url: server.url, stop: () => server.remove() }
  }
  const server = await startNatsServer()
  return { url: server.url, stop: async () => await server[Symbol.asyncDispose]() }
}
