import { postgres } from 'rx-projection/postgres'

/** A process of its own that opens a store and appends once: `node openingProcess.ts URL SCHEMA`. It begins when told to. */
const [connectionString, schema] = process.argv.slice(2) as [string, string]

process.stdout.write('ready\n')
await new Promise((resolve) => process.stdin.once('data', resolve))
await using store = postgres({ connectionString, schema })
await store.events.append('a', [{ type: 'Opened', payload: process.pid }])
process.stdin.destroy()
