import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Sample, Scale } from './job.ts'

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))
const FLAGS = ['--conditions=rx-projection-source', '--expose-gc']

/** A variant in its own process, set up and warm. */
export class Launched {
  private readonly child: ChildProcess
  private readonly exited: Promise<void>

  private constructor(child: ChildProcess) {
    this.child = child
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()))
  }

  static async start(file: string, scale: Scale, warmUps: number): Promise<Launched> {
    const launched = new Launched(fork(WORKER, [file, JSON.stringify(scale), String(warmUps)], { execArgv: FLAGS }))
    await launched.answer()
    return launched
  }

  async run(): Promise<Sample> {
    this.child.send('run')
    return (await this.answer()) as Sample
  }

  async end(): Promise<void> {
    if (this.child.connected) this.child.send('end')
    await this.exited
  }

  private answer(): Promise<Sample | undefined> {
    const { child } = this
    return new Promise((resolve, reject) => {
      const answered = ({ sample }: { sample?: Sample }): void => {
        child.off('exit', died)
        resolve(sample)
      }
      const died = (code: number | null): void => {
        child.off('message', answered)
        reject(new Error(`${child.spawnargs[child.spawnargs.length - 3]} ended with code ${code}`))
      }
      child.once('message', answered)
      child.once('exit', died)
    })
  }
}
