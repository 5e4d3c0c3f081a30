import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's root folder. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url))

/** A command that ended with another code than 0, or not in its time. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly output: string

  constructor(command: string, ended: string, output: string) {
    super(`${command}: ${ended}`)
    this.output = output
  }
}

/** What a command may be told. */
export interface CommandOptions {
  /** Where it runs. Default: the root. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** How long it may take, in ms. Default: 10 minutes. */
  readonly timeout?: number
}

/**
 * Runs a command without input and returns all that it wrote. Node and the project's tools are found before any others.
 * One that takes too long is ended together with all that it started.
 *
 * @throws {CommandError} it ended with another code than 0, or not in its time.
 */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd = root, env = {}, timeout = 600_000 } = options
  const path = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: path, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let output = ''
    const keep = (text: string): void => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    let late = false
    const timer = setTimeout(() => {
      late = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, timeout)
    const line = [command, ...args].join(' ')
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new CommandError(line, error.message, output))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(output)
      else if (late) reject(new CommandError(line, `did not end in ${timeout / 1_000} s`, output))
      else reject(new CommandError(line, `ended with ${code ?? signal}`, output))
    })
  })
}
