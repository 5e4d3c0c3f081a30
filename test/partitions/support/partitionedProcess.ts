/**
 * A process with a worker of a partitioned projection, or projector, on a store.
 *
 *     node partitionedProcess.ts projection|rows|lines URL
 *
 * It says at each change which partitions it runs, `partitions 0 3`, and each failure that it is told of. A projector
 * writes its events as rows of a table `seen`, in the transaction of its position, or as lines, `handled ID STREAM`. `state`
 * makes it say the states of its partitions, `sleep` makes it stop in its next handler until it gets SIGCONT, and the end of
 * words makes it leave.
 */
import { createInterface } from 'node:readline'
import { defineProjector, type LeaseStore, openStore, startPartitioned } from 'rx-projection'
import type { PostgresContext } from 'rx-projection/postgres'
import { type Added, seenWith } from './seen.ts'

const [what, url] = process.argv.slice(2) as ['projection' | 'rows' | 'lines', string]
const say = (words: string): unknown => process.stdout.write(`${words}\n`)
const store = (await openStore(url)) as Awaited<ReturnType<typeof openStore>> & { readonly leases: LeaseStore }

let sleepy = false
function sleepIfTold(): void {
  if (!sleepy) return
  sleepy = false
  say('asleep')
  process.kill(process.pid, 'SIGSTOP')
}

const projector = defineProjector<Added, PostgresContext>({
  name: 'seen',
  async process({ id, stream }, { client }) {
    sleepIfTold()
    if (what === 'rows') await client.query('INSERT INTO seen (id, stream) VALUES ($1, $2)', [id, stream])
    else say(`handled ${id} ${stream}`)
  },
})
const options = {
  store: store as never,
  partitions: 8,
  ttl: 2_000,
  pageSize: 50,
  catchUpAfter: 1_000,
  retry: { delay: 50, entropy: 50 },
  onError: (error: unknown) => say(`failure ${(error as Error).name} ${(error as Error).message}`),
}
const states =
  what === 'projection' ? startPartitioned(seenWith(sleepIfTold), { ...options, snapshotEvery: 10 }) : undefined
const worker = states ?? startPartitioned(projector, options)
worker.partitions$.subscribe((partitions) => say(`partitions ${partitions.join(' ')}`))
createInterface(process.stdin)
  .on('line', (words) => {
    if (words === 'sleep') sleepy = true
    else states!.state({ timeout: 60_000 }).then((state) => say(`state ${JSON.stringify([...state])}`), say)
  })
  .on('close', () => void worker.stop().catch((error: Error) => say(`failure ${error.message}`)))
await new Promise<void>((ended) => worker.status$.subscribe({ complete: ended }))
await worker.stop()
await store[Symbol.asyncDispose]()
