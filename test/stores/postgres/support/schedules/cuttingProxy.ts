import { createConnection, createServer, type Socket } from 'node:net'

/** How a connection ends: as that of a killed process, or as that of one that says so. */
export type Ending = 'reset' | 'end'

/** Stands between a client and a server: it loses what goes through it, or keeps it, wherever it is told to. */
export interface CuttingProxy extends AsyncDisposable {
  readonly url: string
  /** Resolves when so many more bytes have gone through, to and fro. */
  passed(bytes: number): Promise<void>
  /** Ends all connections when so many more bytes have gone through: within a message, where that is. Fulfilled then. */
  cutAfter(bytes: number, how: Ending): Promise<void>
  /** Ends all connections, and all that come, for good: the client is as good as dead. */
  shut(how: Ending): void
  /** Whether nothing goes through, while all connections stay. */
  frozen: boolean
}

interface Mark {
  readonly at: number
  readonly reached: () => void
}

/** Starts a proxy in front of a PostgreSQL server of this machine. */
export async function startCuttingProxy(url: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(url)
  const pairs = new Set<readonly [Socket, Socket]>()
  let marks: readonly Mark[] = []
  let bytes = 0
  let frozen = false
  let shut: Ending | undefined

  function end([client, upstream]: readonly [Socket, Socket], how: Ending): void {
    for (const socket of [client, upstream]) {
      if (how === 'end') socket.destroySoon()
      // A reset of a socket that only connects would wait for its connection.
      else if (socket.connecting) socket.destroy()
      else socket.resetAndDestroy()
    }
  }
  const cut = (how: Ending): void => {
    for (const pair of pairs) end(pair, how)
  }
  const after = (more: number, reached: () => void): void => {
    marks = [...marks, { at: bytes + more, reached }].sort((a, b) => a.at - b.at)
  }

  /** Passes a piece on, mark by mark: what is behind a cut goes nowhere. */
  function pass(piece: Buffer, to: Socket): void {
    let rest = piece
    for (;;) {
      const mark = marks[0]
      const part = rest.subarray(0, mark === undefined ? rest.length : mark.at - bytes)
      if (part.length > 0 && to.writable) to.write(part)
      bytes += part.length
      rest = rest.subarray(part.length)
      if (mark === undefined || bytes < mark.at) return
      marks = marks.slice(1)
      mark.reached()
    }
  }

  const server = createServer((client) => {
    if (shut !== undefined) {
      client.destroy()
      return
    }
    const upstream = createConnection({ port: Number(port), host: hostname })
    const pair = [client, upstream] as const
    pairs.add(pair)
    for (const [socket, other] of [pair, [upstream, client] as const]) {
      socket.setNoDelay(true)
      if (frozen) socket.pause()
      socket.on('data', (piece: Buffer) => pass(piece, other))
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        other.destroySoon()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = new URL(url)
  own.port = String((server.address() as { port: number }).port)
  return {
    url: own.href,
    passed: (more) => new Promise((resolve) => after(more, resolve)),
    cutAfter: (more, how) =>
      new Promise((resolve) => {
        after(more, () => {
          cut(how)
          resolve()
        })
      }),
    shut(how) {
      shut = how
      cut(how)
    },
    get frozen() {
      return frozen
    },
    set frozen(value) {
      frozen = value
      for (const socket of [...pairs].flat()) {
        if (value) socket.pause()
        else socket.resume()
      }
    },
    async [Symbol.asyncDispose]() {
      cut('reset')
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
