import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A writer in a process of its own. */
export interface Writer {
  /** Waits for its next word. */
  says(): Promise<string>
  /** Tells it to go on. */
  goOn(): void
  /** Waits for its end; rejects unless it went well. */
  ends(): Promise<void>
  /** Ends it as a crash does. */
  kill(): Promise<void>
}

/** Starts a writer; it is gone when the test has finished. */
export function startWriter(...args: readonly string[]): Writer {
  const script = fileURLToPath(new URL('writer.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, ['--conditions=rx-projection-source', script, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit') as Promise<[code: number | null]>
  let errors = ''
  child.stderr!.on('data', (text: Buffer) => {
    errors += text
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return {
    async says() {
      const said = once(child.stdout!, 'data').then(([text]) => `${text}`.trim())
      return Promise.race([said, exit.then(([code]) => `ended with ${code}: ${errors}`)])
    },
    goOn: () => child.stdin!.end('go on\n'),
    async ends() {
      const [code] = await exit
      if (code !== 0) throw new Error(`the writer ended with ${code}: ${errors}`)
    },
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
