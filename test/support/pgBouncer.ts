import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(existsSync)
const STARTED_WITHIN = 15_000

/** Whether there is a PgBouncer here; said aloud where there is none, and under CI a failure. */
export const pgBouncerIsInstalled: boolean = isInstalled()

/** A PgBouncer of the tests' own, that gives each transaction whichever connection is free. */
export interface PgBouncer extends AsyncDisposable {
  readonly url: string
}

/** Starts one before a server, with so many connections to that. */
export async function startPgBouncer(serverUrl: string, connections: number): Promise<PgBouncer> {
  const server = new URL(serverUrl)
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'rx-pgbouncer-'))
  const config = join(folder, 'pgbouncer.ini')
  const users = join(folder, 'users.txt')
  writeFileSync(users, `"${server.username}" "${server.password}"\n`)
  writeFileSync(
    config,
    `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${connections}
`,
  )
  const user = serverUser()
  if (user !== undefined) for (const path of [folder, config, users]) chownSync(path, user.uid, user.gid)
  const child = spawn(PROGRAM!, [config], { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000)
  })
  await listening(port, child, () => log)
  server.port = String(port)
  return {
    url: server.href,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null && child.kill('SIGKILL')) await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isInstalled(): boolean {
  if (PROGRAM !== undefined) return true
  if (process.env.CI === 'true') throw new Error('there is no pgbouncer here: install it')
  process.stderr.write('\n*** A pooler: NOT TESTED, there is no pgbouncer here ***\n')
  return false
}

/** PgBouncer refuses to run as root: there it runs as the user of PostgreSQL. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (kind: string) => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  const end = performance.now() + STARTED_WITHIN
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > end) throw new Error(`PgBouncer did not start:\n${log()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    const done = (up: boolean) => {
      socket.destroy()
      resolve(up)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
