import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../../examples/git-history/main.ts', import.meta.url))

/** A run knows nothing of who runs the tests. */
const NO_GIT_CONFIG = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }

/** How a run of the example ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What a run may be given beside its arguments. */
export interface RunOptions {
  readonly cwd?: string
  readonly main?: string
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node. */
  readonly node?: readonly string[]
}

/** A run of the example as a process of its own. */
export class ExampleRun implements AsyncDisposable {
  readonly ended: Promise<Ended>
  private readonly child: ChildProcess
  private out = ''
  private err = ''
  private look: () => void = () => {}

  constructor(args: readonly string[], { cwd, main = MAIN, node = [], env }: RunOptions = {}) {
    const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env
    this.child = spawn(process.execPath, [...node, '--conditions=rx-projection-source', main, ...args], {
      cwd,
      env: { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, LANG: 'C.UTF-8', ...NO_GIT_CONFIG, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.out += text
      this.look()
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.err += text
      this.look()
    })
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code) => resolve({ code, out: this.out, err: this.err }))
    })
  }

  /** Resolves when a text was printed so many times, or rejects when the run ends without it. */
  async printed(text: string, times = 1): Promise<void> {
    const there = new Promise<'there'>((resolve) => {
      this.look = () => {
        if ((this.out + this.err).split(text).length > times) resolve('there')
      }
      this.look()
    })
    const first = await Promise.race([there, this.ended])
    if (first !== 'there') throw new Error(`it ended without “${text}”: ${first.out}${first.err}`)
  }

  interrupt(signal: NodeJS.Signals = 'SIGINT'): void {
    this.child.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

/** Runs the example to its end. */
export async function runExample(args: readonly string[], options?: RunOptions): Promise<Ended> {
  await using run = new ExampleRun(args, options)
  return await run.ended
}
