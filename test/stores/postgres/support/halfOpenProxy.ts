import { createConnection, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A TCP proxy before a server, whose connections can fall silent as they do when a firewall forgets them. */
export interface HalfOpenProxy {
  readonly url: string
  /** How many bytes of clients have been swallowed. */
  readonly swallowed: number
  /** How many bytes of the server have been passed on. */
  readonly answered: number
  /** How many connections clients have through it that they have not ended. */
  readonly open: number
  /** How many were made through it. */
  readonly made: number
  /** From now on nothing goes through the connections that are there, and nobody says so. New ones work. */
  silence(): void
  /** Whether connections that are still to come are swallowed as well. */
  swallowsNew: boolean
  /** Cuts all connections. */
  cut(): void
}

/** Starts a proxy; it is closed with the test. */
export async function startHalfOpenProxy(url: string): Promise<HalfOpenProxy> {
  const { hostname, port } = new URL(url)
  const clients = new Set<Socket>()
  const sockets = new Set<Socket>()
  const silent = new Set<Socket>()
  let swallowed = 0
  let answered = 0
  let made = 0
  let swallowsNew = false
  // A connection that is forgotten does not answer the end of its other side, either.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    made += 1
    const upstream = createConnection({ port: Number(port), host: hostname })
    clients.add(client)
    if (swallowsNew) silent.add(client)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (data) => {
      if (silent.has(client)) swallowed += data.length
      else upstream.write(data)
    })
    client.on('end', () => {
      clients.delete(client)
      if (!silent.has(client)) upstream.end()
    })
    client.on('close', () => {
      clients.delete(client)
      upstream.destroy()
    })
    upstream.on('data', (data) => {
      if (silent.has(client)) return
      answered += data.length
      client.write(data)
    })
    upstream.on('close', () => {
      if (!silent.has(client)) client.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  onTestFinished(async () => {
    cut()
    await new Promise((resolve) => server.close(resolve))
  })
  const own = new URL(url)
  own.port = String((server.address() as { port: number }).port)
  return {
    url: own.href,
    get swallowed() {
      return swallowed
    },
    get answered() {
      return answered
    },
    get open() {
      return clients.size
    },
    get made() {
      return made
    },
    silence() {
      for (const client of clients) silent.add(client)
    },
    get swallowsNew() {
      return swallowsNew
    },
    set swallowsNew(value) {
      swallowsNew = value
    },
    cut,
  }
}
