import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const FOLDERS = ['/usr/lib/postgresql', '/usr/local/pgsql', '/opt/homebrew/opt/postgresql']
const STARTED_WITHIN = 30_000

/** The password of the server's one user: a word that no message may hold. */
export const PASSWORD = 'Secr3t-word'

/** A PostgreSQL server of the tests' own, on a free loopback port, in a folder of its own. */
export interface PostgresServer {
  readonly port: number
  readonly url: string
  /** Stops it as a crash does, and starts it again with the same data. */
  crashAndRestart(): Promise<void>
  stop(how?: 'fast' | 'immediate'): Promise<void>
  /** Starts it again, when it is stopped, in recovery: as a standby of a primary that it does not reach. */
  startAsStandby(): Promise<void>
  start(): Promise<void>
  /** Stops it and removes its folder. */
  remove(): Promise<void>
}

/** Where PostgreSQL's programs are; `undefined` where there are none. */
export const postgresPrograms: string | undefined = findPrograms()

/** Says loudly that there is no server to test with; under CI that is a failure. */
export function withoutServer(what: string): void {
  const message = `${what}: NOT TESTED, there is no PostgreSQL server here (initdb and postgres)`
  if (process.env.CI === 'true') throw new Error(message)
  process.stderr.write(`\n*** ${message} ***\n`)
}

/** Starts a server; settings are `name=value`, as in postgresql.conf. */
export async function startPostgres(...settings: readonly string[]): Promise<PostgresServer> {
  const programs = postgresPrograms
  if (programs === undefined) throw new Error('there is no PostgreSQL server here')
  const folder = mkdtempSync(join(tmpdir(), 'rx-postgres-'))
  const user = serverUser()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const passwords = join(folder, 'password')
  writeFileSync(passwords, PASSWORD)
  if (user !== undefined) chownSync(passwords, user.uid, user.gid)
  execFileSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'rx', '-A', 'scram-sha-256', `--pwfile=${passwords}`, '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...user, cwd: folder, stdio: 'pipe' },
  )
  const port = await freePort()
  const args = ['-D', data, '-p', String(port), '-k', '', '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off']
  for (const setting of ['max_prepared_transactions=20', 'shared_buffers=64MB', ...settings]) args.push('-c', setting)
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    server = spawn(join(programs!, 'postgres'), args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let log = ''
    server.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000)
    })
    const end = performance.now() + STARTED_WITHIN
    while (!(await answers(port))) {
      if (server.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${log}`)
      if (performance.now() > end) throw new Error(`PostgreSQL did not start in time:\n${log}`)
    }
  }

  async function stop(how: 'fast' | 'immediate' = 'immediate'): Promise<void> {
    const running = server
    server = undefined
    if (running === undefined || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await ended
  }

  await start()
  return {
    port,
    url: `postgres://rx:${PASSWORD}@127.0.0.1:${port}/postgres`,
    start,
    stop,
    async startAsStandby() {
      const signal = join(data, 'standby.signal')
      writeFileSync(signal, '')
      if (user !== undefined) chownSync(signal, user.uid, user.gid)
      await start()
    },
    async crashAndRestart() {
      await stop('immediate')
      await start()
    },
    async remove() {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function findPrograms(): string | undefined {
  for (const folder of FOLDERS) {
    if (existsSync(join(folder, 'bin/initdb'))) return join(folder, 'bin')
    for (const version of ['18', '17', '16', '15', '14', '13', '12']) {
      if (existsSync(join(folder, version, 'bin/initdb'))) return join(folder, version, 'bin')
    }
  }
  return undefined
}

/** PostgreSQL refuses to run as root: there it runs as the user that came with its package. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (kind: string) => Number(execFileSync('id', [kind, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
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

/** Whether a server accepts sessions: it answers a cancel request, which needs no password, by closing. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    // An unknown startup packet of protocol 3.0 for a user that is none: a server that is up asks for a password, one that
    // starts sends the error 57P03.
    const text = Buffer.from('user\0nobody\0database\0postgres\0\0')
    const packet = Buffer.alloc(8 + text.length)
    packet.writeInt32BE(packet.length, 0)
    packet.writeInt32BE(196_608, 4)
    text.copy(packet, 8)
    const socket = createConnection({ port, host: '127.0.0.1' })
    const done = (up: boolean) => {
      socket.destroy()
      setTimeout(resolve, up ? 0 : 20, up)
    }
    socket.once('connect', () => socket.write(packet))
    socket.once('data', (answer: Buffer) => done(!answer.includes('57P03')))
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
  })
}
