import { defineProjector, startPartitioned } from 'rx-projection'
import { type PostgresContext, postgres } from 'rx-projection/postgres'
import type { BankEvent } from './workload.ts'

// A worker of a partitioned projector, in a process of its own: it says which partitions it runs, and when it has caught up.
const [, , url, schema, table, partitions] = process.argv

const store = postgres<BankEvent>({ connectionString: url!, schema: schema! })
const changes = defineProjector<BankEvent, PostgresContext>({
  name: 'changes',
  transaction: 'page',
  process: ({ payload }, { client }) =>
    client.query(
      `INSERT INTO ${table} AS t (account, changes) VALUES ($1, 1) ON CONFLICT (account) DO UPDATE SET changes = t.changes + 1`,
      [payload.account],
    ),
})
const worker = startPartitioned(changes, { store, partitions: Number(partitions), ttl: 1_000 })
worker.partitions$.subscribe((mine) => process.send?.({ partitions: mine.length }))
process.on('message', async () => {
  await worker.whenCaughtUp()
  process.send!({ caughtUp: true })
})
process.once('disconnect', () => process.exit())
