/**
 * A process with an exclusive projector on a SQLite file.
 *
 *     node exclusiveProjector.ts FILE
 *
 * It says `hydrating`, then `live` once it runs, each position as `at N`, and each failure that it is told of. A word makes
 * it sleep until it gets SIGCONT (by itself, so that it does not hold the file's lock meanwhile), the end of words makes it
 * stop.
 */
import { startProjector } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { seen } from './seen.ts'

const [path] = process.argv.slice(2) as [string]

await using store = sqlite(path, { synchronous: 'normal' })
const say = (words: string): unknown => process.stdout.write(`${words}\n`)
const projector = startProjector(seen('event'), {
  store,
  pageSize: 20,
  // What another process appends is found by its file, and asked for anyway.
  catchUpAfter: 50,
  exclusive: { ttl: 500, renewEvery: 100, acquireEvery: 50 },
  retry: { delay: 50, entropy: 50 },
  onError: (error) => say(`failure ${(error as Error).message}`),
})
projector.status$.subscribe(say)
projector.position$.subscribe((position) => say(`at ${position}`))
process.stdin.on('data', () => process.kill(process.pid, 'SIGSTOP')).on('end', () => void projector.stop())
await new Promise<void>((ended) => projector.status$.subscribe({ complete: ended }))
