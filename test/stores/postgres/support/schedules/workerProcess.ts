import { createInterface } from 'node:readline'
import { startWork, type WorkOptions } from './work.ts'

/** A worker in a process of its own: `node workerProcess.ts URL OPTIONS SEED`. Told a position, it ends there, and says what came of it. */
const [url, options, seed] = process.argv.slice(2) as [string, string, string]

const work = startWork(url, JSON.parse(options) as WorkOptions, Number(seed))
for await (const line of createInterface(process.stdin)) {
  process.stdout.write(JSON.stringify(await work.finish(Number(line))))
  break
}
process.stdin.destroy()
