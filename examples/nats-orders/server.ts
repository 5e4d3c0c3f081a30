import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A NATS server that runs as long as the example, in a temporary folder. */
export interface Server extends AsyncDisposable {
  readonly url: string
}

/** Starts `nats-server` from the PATH, on a free port of this machine. */
export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'nats-orders-'))
  const port = await freePort()
  const child = spawn('nats-server', ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', `${port}`], { stdio: 'ignore' })
  const ended = new Promise<Error>((resolve) => {
    child.once('error', (cause) => {
      const how = 'install it (Debian: apt-get install nats-server), or name a server: main.ts nats://localhost:4222'
      resolve(new Error(`there is no nats-server on the PATH; ${how}`, { cause }))
    })
    child.once('exit', (code) => resolve(new Error(`nats-server ended with ${code}`)))
  })
  const failure = await Promise.race([ended, listens(port)])
  if (failure !== undefined) throw failure
  return {
    url: `nats://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill()
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

async function listens(port: number): Promise<undefined> {
  const connects = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  for (let tries = 0; tries < 200; tries++) {
    if (await connects()) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
