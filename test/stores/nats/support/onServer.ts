import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { LogPage, NewEvent, OpenStore, Recorded } from 'rx-projection'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { type NatsServer, startNatsServer } from '../../../support/natsServer.ts'

/** What the tests of a file have in common. */
export interface OnServer {
  readonly url: string
  readonly port: number
  /** A connection beside the store: what an operator of the server does. */
  readonly connection: NatsConnection
  readonly jsm: JetStreamManager
  readonly server: NatsServer
}

/** One server for all tests of a file. */
export function onServer(): OnServer {
  let server: NatsServer
  let connection: NatsConnection
  let jsm: JetStreamManager
  beforeAll(async () => {
    server = await startNatsServer()
    connection = await connect({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
    jsm = await jetstreamManager(connection)
  })
  afterAll(async () => {
    await connection?.close()
    await server?.[Symbol.asyncDispose]()
  })
  return {
    get url() {
      return server.url
    },
    get port() {
      return server.port
    },
    get connection() {
      return connection
    },
    get jsm() {
      return jsm
    },
    get server() {
      return server
    },
  }
}

let count = 0

/** A name that no other test has. */
export function newName(): string {
  return `test-${++count}`
}

/** Disposes of a store when the test has finished. */
export function used<S extends AsyncDisposable>(store: S): S {
  onTestFinished(() => store[Symbol.asyncDispose]())
  return store
}

/** New events with numbers as their payloads. */
export function numbers(...payloads: readonly number[]): readonly NewEvent[] {
  return payloads.map((payload) => ({ type: 'Numbered', payload }))
}

type Event = Recorded<{ readonly type: string; readonly payload: unknown }>

/** Reads a log to its end. */
export async function readAll(
  { events }: Pick<OpenStore, 'events'>,
  options: { readonly after?: number; readonly limit?: number; readonly streams?: readonly string[] } = {},
): Promise<readonly Event[]> {
  const all: Event[] = []
  for (let after = options.after ?? 0; ; ) {
    const page: LogPage = await events.read({ limit: 100, ...options, after })
    all.push(...page.events)
    if (page.through === page.head) return all
    if (page.through === after) throw new Error(`a page after ${after} must lead on`)
    after = page.through
  }
}

/** The links between events: `[previous, id]`, as a reader is shown them. */
export function linksOf(events: readonly Event[]): readonly (readonly [number, number])[] {
  return events.map(({ id, previous = id - 1 }) => [previous, id])
}

/** Waits until something real has happened; throws at the deadline. */
export async function until(what: string, happened: () => unknown, deadline = 15_000): Promise<void> {
  const end = performance.now() + deadline
  while (!(await happened())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${deadline} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
