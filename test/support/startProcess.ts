import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'

/** A script in a process of its own; it is gone when the test has finished. */
export interface Process {
  /** Its lines so far. */
  readonly said: readonly string[]
  /** Waits until it has said a line. */
  says(words: string): Promise<void>
  /** Waits until something can be told from its lines; rejects when it ends before. */
  until<T>(look: (said: readonly string[]) => T | undefined): Promise<T>
  /** Tells it something. */
  tell(words: string): void
  signal(name: NodeJS.Signals): void
  /** Ends it as a crash does. */
  kill(): Promise<void>
  /** Ends its input, and waits for a good end. */
  stops(): Promise<void>
}

/** Starts a script of the tests. */
export function startProcess(script: URL, ...args: readonly string[]): Process {
  return startNode([fileURLToPath(script), ...args])
}

/** Starts a script of the tests behind another one, which is run to its end before anything else is loaded. */
export function startPreloaded(preload: URL, script: URL, ...args: readonly string[]): Process {
  return startNode([`--import=${preload}`, fileURLToPath(script), ...args])
}

function startNode(args: readonly string[]): Process {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=rx-projection-source', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  const said: string[] = []
  const waiting = new Set<() => void>()
  let ended = false
  createInterface(child.stdout!).on('line', (line) => {
    said.push(line)
    for (const look of waiting) look()
  })
  once(child, 'close').then(() => {
    ended = true
    for (const look of waiting) look()
  })
  const until: Process['until'] = (look) =>
    new Promise((resolve, reject) => {
      const lookAgain = (): void => {
        const seen = look(said)
        if (seen === undefined && !ended) return
        waiting.delete(lookAgain)
        if (seen === undefined) reject(new Error('the process has ended, and never said so'))
        else resolve(seen)
      }
      waiting.add(lookAgain)
      lookAgain()
    })
  return {
    said,
    until,
    says: (words) => until(() => said.includes(words) || undefined).then(() => undefined),
    tell: (words) => void child.stdin!.write(`${words}\n`),
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
    async stops() {
      child.stdin!.end()
      expect(await exit).toEqual([0, null])
    },
  }
}
