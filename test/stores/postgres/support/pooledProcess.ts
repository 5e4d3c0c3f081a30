import pg from 'pg'
import { startProjection } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import { marks } from './schedules/work.ts'

/**
 * A process with a pool of its own, as the guide shows it: `node pooledProcess.ts URL SCHEMA`. Says each state. When it is
 * told to, it closes its store and its pool, and says so; then nothing must keep it.
 */
const [connectionString, schema] = process.argv.slice(2) as [string, string]

const pool = new pg.Pool({ connectionString, idleTimeoutMillis: 0 })
const store = postgres({ pool, schema })
// Two connections that are idle afterwards, beside the one that listens.
await Promise.all([store.positions.load('a'), store.positions.load('b')])
const projection = startProjection(marks, {
  store: store as never,
  retry: { delay: 5, entropy: 5 },
  catchUpAfter: 100,
})
projection.state$.subscribe((state) => process.stdout.write(`${state.join() || 'nothing'}\n`))
process.stdin.once('data', async () => {
  await projection.stop()
  await store[Symbol.asyncDispose]()
  await pool.end()
  process.stdin.destroy()
  process.stdout.write('closed\n')
})
