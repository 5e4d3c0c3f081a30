/**
 * A process with a worker of a partitioned projector on a SQLite file.
 *
 *     node partitionedProjector.ts FILE
 *
 * It says how many partitions it runs, at each change. The end of its input makes it stop.
 */
import { defineProjector, startPartitioned } from 'rx-projection'
import { type SqliteContext, sqlite } from 'rx-projection/sqlite'
import type { Noted } from '../../runtime/support/notes.ts'

const [path] = process.argv.slice(2) as [string]

const seen = defineProjector<Noted, SqliteContext>({
  name: 'seen',
  process: ({ id, stream }, { db }) => db.prepare('INSERT INTO seen (id, stream) VALUES (?, ?)').run(id, stream),
})

await using store = sqlite(path, { synchronous: 'normal' })
const worker = startPartitioned(seen, {
  store,
  partitions: 4,
  ttl: 500,
  pageSize: 50,
  catchUpAfter: 50,
  retry: { delay: 50, entropy: 50 },
})
worker.partitions$.subscribe(({ length }) => process.stdout.write(`${length}\n`))
process.stdin.resume().on('end', () => void worker.stop())
await new Promise<void>((ended) => worker.status$.subscribe({ complete: ended }))
await worker.stop()
