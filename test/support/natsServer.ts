import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectTcp, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A nats-server of one's own, in a folder of its own. */
export interface NatsServer extends AsyncDisposable {
  readonly port: number
  readonly url: string
  readonly pid: number
  /** Sends a signal: `SIGKILL` kills it, `SIGSTOP` pauses it, `SIGCONT` lets it go on. */
  signal(signal: NodeJS.Signals): void
  /** Waits until it is gone. */
  gone(): Promise<void>
  /** Starts it again, on its folder, when it is gone. */
  restart(): Promise<void>
}

/** How long a server may take to listen, in ms. */
const STARTING = 15_000

/** Whether there is a nats-server on the PATH; said aloud where there is none. */
export const natsServerIsInstalled: boolean = isInstalled()

function isInstalled(): boolean {
  try {
    execFileSync('nats-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (process.env.CI === 'true') throw new Error('nats-server is not on the PATH: install it', { cause: error })
    process.stderr.write('\nSKIPPED: tests on NATS need a nats-server on the PATH\n\n')
    return false
  }
}

/** Starts one server, with JetStream, and with more options where they are given. */
export async function startNatsServer(options: readonly string[] = []): Promise<NatsServer> {
  const [port] = (await freePorts(1)) as [number]
  return start(port, options)
}

/** Starts three servers, as a cluster. */
export async function startNatsCluster(): Promise<readonly NatsServer[]> {
  const ports = await freePorts(6)
  const routes = ports.slice(3).map((port) => `nats://127.0.0.1:${port}`)
  return Promise.all(
    [0, 1, 2].map((index) =>
      start(ports[index]!, [
        '--cluster_name',
        'rx',
        '--cluster',
        `nats://127.0.0.1:${ports[index + 3]}`,
        '--routes',
        routes.join(','),
        '--server_name',
        `server-${index + 1}`,
      ]),
    ),
  )
}

async function start(port: number, options: readonly string[]): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'rx-projection-nats-'))
  const run = (): ChildProcess =>
    spawn('nats-server', ['-a', '127.0.0.1', '-p', `${port}`, '-js', '-sd', folder, ...options], { stdio: 'ignore' })
  let child = run()
  const gone = (): Promise<void> =>
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise((resolve) => child.once('exit', () => resolve()))
  await listening(port, () => child)
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return child.pid!
    },
    signal: (signal) => void child.kill(signal),
    gone,
    async restart() {
      await gone()
      child = run()
      await listening(port, () => child)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await gone()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function listening(port: number, child: () => ChildProcess): Promise<void> {
  const end = performance.now() + STARTING
  for (;;) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connectTcp(port, '127.0.0.1')
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (connected) return
    if (child().exitCode !== null) throw new Error(`nats-server ended with ${child().exitCode}`)
    if (performance.now() > end) throw new Error(`nats-server does not listen on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer()
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
