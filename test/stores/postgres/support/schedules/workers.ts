import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type CuttingProxy, startCuttingProxy } from './cuttingProxy.ts'
import { type Finished, startWork, type WorkOptions } from './work.ts'

/** A worker behind a proxy of its own. */
export interface Worker {
  readonly proxy: CuttingProxy
  /** Ends it abruptly: nothing that it has begun comes to its end. */
  kill(): void
  /** Lets it go on up to a position, and stop there. */
  finish(position: number): Promise<Finished>
  /** Ends it in an orderly way, if it is not dead. */
  stop(): Promise<void>
}

/** The workers that there were in a schedule, of which the last one is to come to its end. */
export class Workers implements AsyncDisposable {
  private readonly all: Worker[] = []
  private readonly url: string
  private readonly options: WorkOptions
  private readonly seed: number

  constructor(url: string, options: WorkOptions, seed: number) {
    this.url = url
    this.options = options
    this.seed = seed
  }

  get current(): Worker {
    return this.all.at(-1)!
  }

  /** Starts the next one, beside those before it. */
  async startNext(where: 'here' | 'in a process'): Promise<void> {
    const start = where === 'here' ? startHere : startProcess
    this.all.push(await start(this.url, this.options, this.seed + this.all.length))
  }

  /** Lets those go on that stood still. */
  thaw(): void {
    for (const { proxy } of this.all) proxy.frozen = false
  }

  /** Stops all but the last one, which goes on up to a position. */
  async finish(position: number): Promise<Finished> {
    this.thaw()
    await Promise.all(this.all.slice(0, -1).map((worker) => worker.stop()))
    return this.current.finish(position)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw()
    // What is wrong with one has been told, or does not matter beside what has.
    await Promise.allSettled(this.all.map((worker) => worker.stop()))
  }
}

const PROCESS = fileURLToPath(new URL('workerProcess.ts', import.meta.url))

/** Starts a worker in this process. Killed, it reaches nothing any more. */
async function startHere(url: string, options: WorkOptions, seed: number): Promise<Worker> {
  const proxy = await startCuttingProxy(url)
  const work = startWork(proxy.url, options, seed)
  let ended: Promise<void> | undefined
  const end = async (ending: Promise<unknown>): Promise<void> => {
    proxy.frozen = false
    await ending
    await proxy[Symbol.asyncDispose]()
  }
  return {
    proxy,
    kill: () => proxy.shut(seed % 2 === 0 ? 'reset' : 'end'),
    async finish(position) {
      const finishing = work.finish(position)
      ended = end(finishing)
      await ended
      return finishing
    },
    stop() {
      ended ??= end(work.stop())
      return ended
    },
  }
}

/** Starts a worker in a process of its own, which `kill -9` ends. */
async function startProcess(url: string, options: WorkOptions, seed: number): Promise<Worker> {
  const proxy = await startCuttingProxy(url)
  const args = ['--conditions=rx-projection-source', PROCESS, proxy.url, JSON.stringify(options), String(seed)]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const exit = once(child, 'close')
  let told = ''
  let said = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdin!.on('error', () => undefined)
  const kill = (): void => void child.kill('SIGKILL')
  return {
    proxy,
    kill,
    async finish(position) {
      child.stdin!.write(`${position}\n`)
      const [code] = await exit
      if (code !== 0) throw new Error(`the worker's process ended with ${code}: ${said}`)
      await proxy[Symbol.asyncDispose]()
      return JSON.parse(told) as Finished
    },
    async stop() {
      if (child.exitCode !== null && child.exitCode !== 0) throw new Error(`the worker's process ended: ${said}`)
      kill()
      await exit
      await proxy[Symbol.asyncDispose]()
    },
  }
}
