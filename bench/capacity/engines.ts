import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import pg from 'pg'
import type { OpenStore } from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { postgres } from 'rx-projection/postgres'
import { startNatsCluster, startNatsServer } from '../../test/support/natsServer.ts'
import { startPostgres } from '../../test/support/postgresServer.ts'
import type { BankEvent } from '../workload.ts'

/** A log on an engine, of its own. */
export interface Log {
  readonly store: OpenStore<BankEvent>
  /** How many bytes it takes on the server's disk. */
  bytes(): Promise<number>
  close(): Promise<void>
}

/** A server, or a cluster. */
export interface Engine {
  readonly title: string
  /** @param connections how many statements may be under way at the same time, where that is a matter of connections. */
  openLog(name: string, connections?: number): Promise<Log>
  stop(): Promise<void>
}

export async function postgresEngine(): Promise<Engine> {
  const server = await startPostgres('fsync=on', 'shared_buffers=512MB', 'max_wal_size=4GB')
  return {
    title: 'PostgreSQL',
    async openLog(schema, connections = 16) {
      const pool = new pg.Pool({ connectionString: server.url, max: connections })
      const store = postgres<BankEvent>({ pool, schema })
      await store.open()
      return {
        store,
        async bytes() {
          const { rows } = await pool.query(`SELECT pg_total_relation_size('${schema}.events')::int AS bytes`)
          return rows[0].bytes
        },
        async close() {
          await store[Symbol.asyncDispose]()
          await pool.end()
        },
      }
    },
    stop: () => server.remove(),
  }
}

export async function natsEngine(): Promise<Engine> {
  const server = await startNatsServer()
  return jetstreamEngine('NATS, one server', [server.url], 1, async () => await server[Symbol.asyncDispose]())
}

export async function natsClusterEngine(): Promise<Engine> {
  const servers = await startNatsCluster()
  return jetstreamEngine(
    'NATS, cluster of 3',
    servers.map(({ url }) => url),
    3,
    async () => {
      for (const server of servers) await server[Symbol.asyncDispose]()
    },
  )
}

function jetstreamEngine(title: string, servers: string[], replicas: number, stop: () => Promise<void>): Engine {
  return {
    title,
    async openLog(stream) {
      const store = nats<BankEvent>({ servers, stream, replicas })
      // Makes the stream; a cluster may still have to find its leader.
      await store.events.read({ after: 0, limit: 1 })
      return {
        store,
        async bytes() {
          const connection = await connect({ servers })
          const { state } = await (await jetstreamManager(connection)).streams.info(stream)
          await connection.close()
          return state.bytes
        },
        close: async () => await store[Symbol.asyncDispose](),
      }
    },
    stop,
  }
}
