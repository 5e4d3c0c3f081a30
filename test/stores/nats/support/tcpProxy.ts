import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and loses what it is told to lose. */
export interface TcpProxy extends AsyncDisposable {
  readonly url: string
  /** How many connections were made through it. */
  readonly connections: number
  /** Cuts all connections that go through it. */
  cut(): void
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
    client.on('data', (data) => upstream.write(data))
    upstream.on('data', (data) => {
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
