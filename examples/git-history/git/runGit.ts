import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** Git could not be started, or ended with a failure. `message` is one line for a user. */
export class GitError extends Error {
  override readonly name = 'GitError'
  /** Git's exit code; `undefined` where it was not found or did not start. */
  readonly exitCode: number | undefined

  constructor(message: string, exitCode?: number) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The options for a run of git. */
export interface GitOptions {
  /** The folder to run in. */
  readonly cwd: string
  /** Its standard input, such as hashes. As arguments, these could be too many, or git could take them for options. */
  readonly input?: string
  readonly signal?: AbortSignal
}

/** Overrides user settings that would change git's output or start a program. */
const SETTINGS = ['core.fsmonitor=false', 'log.showSignature=false', 'log.showRoot=true', 'diff.relative=false']

/** The environment without the variables that would point git at another repository, as they do inside a hook. */
const ENVIRONMENT = Object.fromEntries([
  ...Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_') || name.startsWith('GIT_CONFIG')),
  ['GIT_OPTIONAL_LOCKS', '0'],
  ['GIT_TERMINAL_PROMPT', '0'],
  ['LC_ALL', 'C'],
])

/** Runs git without a shell, and returns its output. */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of streamGit(args, options)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8').trimEnd()
}

/**
 * Runs git and yields its output chunk by chunk. Git waits until the consumer asks for the next chunk, and is ended when the
 * consumer stops.
 *
 * @throws {GitError} it could not be started or ended with a failure.
 */
export async function* streamGit(
  args: readonly string[],
  { cwd, input, signal }: GitOptions,
): AsyncGenerator<Buffer, void, undefined> {
  signal?.throwIfAborted()
  const settings = SETTINGS.flatMap((setting) => ['-c', setting])
  const child = spawn('git', ['--no-pager', ...settings, ...args], {
    cwd,
    env: ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  })
  const ended = endOf(child)
  const stop = (): void => void child.kill()
  signal?.addEventListener('abort', stop)
  try {
    child.stdin.on('error', () => {}) // Git that ends early has said why by its exit code.
    child.stdin.end(input)
    yield* child.stdout as AsyncIterable<Buffer>
    const failure = await ended
    signal?.throwIfAborted()
    if (failure !== undefined) throw failure
  } finally {
    signal?.removeEventListener('abort', stop)
    child.kill()
  }
}

function endOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Promise<GitError | undefined> {
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 4_000)
  })
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      resolve(new GitError(error.code === 'ENOENT' ? 'git was not found' : `git did not start: ${error.message}`))
    })
    child.on('close', (code, killedBy) => {
      if (code === 0) resolve(undefined)
      else resolve(new GitError(firstLine(complaint) || `git ended with ${killedBy ?? `exit code ${code}`}`, code ?? 1))
    })
  })
}

function firstLine(text: string): string {
  const line = text.split('\n').find((candidate) => /^(fatal|error): /.test(candidate)) ?? text.split('\n')[0] ?? ''
  return line.replace(/^(fatal|error): /, '').replace(/ \(or any of the parent directories\): \.git$/, '')
}
