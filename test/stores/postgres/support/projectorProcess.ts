import { startProjector } from 'rx-projection'
import { postgres } from 'rx-projection/postgres'
import { ledger } from './ledger.ts'

/** A projector in a process of its own: `node projectorProcess.ts URL SCHEMA TABLE POSITION`. It ends at the position. */
const [url, schema, table, position] = process.argv.slice(2) as [string, string, string, string]

const store = postgres({ connectionString: url, schema })
const projector = startProjector(ledger(table), { store, instance: table })
await projector.whenProcessed(Number(position), { timeout: 60_000 })
await projector.stop()
await store[Symbol.asyncDispose]()
