import { postgres } from 'rx-projection/postgres'

/** A process that opens a store, and closes it when it is told to: `node closingProcess.ts URL SCHEMA`. */
const [connectionString, schema] = process.argv.slice(2) as [string, string]

const store = postgres({ connectionString, schema })
await store.open()
const hints = store.events.hints$.subscribe()
await store.leases.acquire('one', { owner: 'a', ttl: 60_000 })
process.stdout.write('open\n')
process.stdin.once('data', async () => {
  await store[Symbol.asyncDispose]()
  hints.unsubscribe()
  process.stdin.destroy()
  process.stdout.write('closed\n')
})
