import { createConnection, createServer, type Server, type Socket } from 'node:net'

/** What becomes of a statement, and of all connections with it. */
export type Fate = 'pass' | 'cut before' | 'cut after'

/** A TCP proxy before a server, which counts the statements that go through it. */
export interface Proxy {
  readonly url: string
  readonly statements: number
  close(): Promise<void>
}

const SYNC = 'S'.charCodeAt(0)
const QUERY = 'Q'.charCodeAt(0)
const READY = 'Z'.charCodeAt(0)

/**
 * Starts a proxy that asks about each statement before it reaches the server. `cut before`: it never does; `cut after`:
 * the server has dealt with it, but nobody hears of it. Either way all connections through the proxy end, as they do when
 * their process dies.
 */
export async function startProxy(url: string, fateOf: (statement: number) => Fate | Promise<Fate>): Promise<Proxy> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  let statements = 0
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server: Server = createServer((client) => {
    const upstream = createConnection({ port: Number(port), host: hostname })
    let silent = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    upstream.on('data', (data) => {
      if (!silent) client.write(data)
      else if (data.at(-6) === READY) cut()
    })
    void forward(client, async (message, isStatement) => {
      const fate = isStatement ? await fateOf(++statements) : 'pass'
      if (fate === 'cut before') cut()
      else {
        silent ||= fate === 'cut after'
        upstream.write(message)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = new URL(url)
  own.port = String((server.address() as { port: number }).port)
  return {
    url: own.href,
    get statements() {
      return statements
    },
    async close() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Hands on message by message, in their order. The first one, of the start, has no type. */
async function forward(client: Socket, take: (message: Buffer, isStatement: boolean) => Promise<void>): Promise<void> {
  let rest = Buffer.alloc(0)
  let started = false
  try {
    for await (const data of client) {
      rest = Buffer.concat([rest, data as Buffer])
      for (;;) {
        const head = started ? 1 : 0
        if (rest.length < head + 4) break
        const length = head + rest.readInt32BE(head)
        if (rest.length < length) break
        const message = rest.subarray(0, length)
        rest = rest.subarray(length)
        await take(message, started && (message[0] === SYNC || message[0] === QUERY))
        started = true
      }
    }
  } catch {
    // The connection was cut, here or there.
  }
}
