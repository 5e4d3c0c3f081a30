import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and loses what it is told to lose. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string
  /** How many connections were made through it. */
  readonly connections: number
  /** Cuts all connections that go through it. */
  cut(): void
  /**
   * Lets nothing pass any more on the connections that are there, in neither direction, without an end of any: half-open
   * TCP. New ones work. With `'unread'` the client's data is not taken either, so that its buffers fill up.
   */
  swallow(how?: 'unread'): void
  /** Whether connections are refused: a cut one stays away then. */
  refuses: boolean
  /**
   * Cuts the connection when the server's next answer comes that matches, in place of passing it on; fulfilled then. What
   * the answer was about has happened.
   */
  loseAnswer(matches: RegExp): Promise<void>
}

/** Starts a proxy in front of a port of this machine. */
export async function startTcpProxy(port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let connections = 0
  let refuses = false
  const swallowed = new WeakSet<Socket>()
  let lose: { readonly matches: RegExp; readonly done: () => void } | undefined
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  const server = createServer((client) => {
    if (refuses) {
      client.destroy()
      return
    }
    connections++
    const upstream = connect(port, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (data) => {
      if (!swallowed.has(client)) upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (swallowed.has(upstream)) return
      if (lose?.matches.test(data.toString('latin1')) === true) {
        const { done } = lose
        lose = undefined
        cut()
        done()
      } else {
        client.write(data)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    url: `nats://127.0.0.1:${(server.address() as { port: number }).port}`,
    get connections() {
      return connections
    },
    get refuses() {
      return refuses
    },
    set refuses(value) {
      refuses = value
    },
    cut,
    swallow(how) {
      for (const socket of sockets) {
        swallowed.add(socket)
        if (how === 'unread') socket.pause()
      }
    },
    loseAnswer: (matches) =>
      new Promise((resolve) => {
        lose = { matches, done: resolve }
      }),
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
