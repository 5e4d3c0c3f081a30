/**
 * A process with an exclusive projection on a store.
 *
 *     node exclusiveProcess.ts URL
 *
 * It says its status, and each failure that it is told of. `state` makes it say what it has seen, `sleep` makes it stop in its
 * next handler until it gets SIGCONT, and the end of words makes it stop.
 */
import { createInterface } from 'node:readline'
import { defineProjection, openStore, startProjection } from 'rx-projection'
import { type IdsState, ids, type Noted } from './notes.ts'

const [url] = process.argv.slice(2) as [string]
const say = (words: string): unknown => process.stdout.write(`${words}\n`)

let sleepy = false
const projection = defineProjection<IdsState, Noted>({
  name: ids.name,
  initialState: ids.initialState,
  on: {
    Noted: (state, { id }) => {
      if (sleepy) {
        sleepy = false
        say('asleep')
        process.kill(process.pid, 'SIGSTOP')
      }
      return [...state, id]
    },
  },
})
const store = await openStore(url)
const run = startProjection(projection, {
  store: store as never,
  pageSize: 20,
  // So each page is saved, also the one that it slept in.
  snapshotEvery: 1,
  paceSaves: false,
  catchUpAfter: 1_000,
  exclusive: { ttl: 2_000, acquireEvery: 200 },
  retry: { delay: 50, entropy: 50 },
  onError: (error) => say(`failure ${(error as Error).message}`),
})
run.status$.subscribe(say)
createInterface(process.stdin)
  .on('line', (words) => {
    if (words === 'sleep') sleepy = true
    else run.state({ timeout: 60_000 }).then((state) => say(`state ${JSON.stringify(state)}`), say)
  })
  .on('close', () => void run.stop())
await new Promise<void>((ended) => run.status$.subscribe({ complete: ended }))
await store[Symbol.asyncDispose]()
