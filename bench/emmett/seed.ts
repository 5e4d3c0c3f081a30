import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { getSQLiteEventStore, sqliteConnection } from '@event-driven-io/emmett-sqlite'
import { newEvent } from '../workload.ts'

/** As many events as one statement of theirs takes. */
const BATCH = 1_000

/** A SQLite file of theirs that holds the first `count` events, in streams of 1 000; made once for each folder. */
export async function seededFile(folder: string, count: number): Promise<string> {
  const path = join(folder, `emmett-${count}.db`)
  if (existsSync(path)) return path
  const unfinished = `${path}.unfinished`
  const connection = sqliteConnection({ fileName: unfinished })
  await connection.command('PRAGMA synchronous = OFF')
  const store = getSQLiteEventStore({ fileName: unfinished, connectionOptions: { singleton: true, connection } })
  for (let from = 1; from <= count; from += BATCH) {
    const events = []
    for (let id = from; id < from + BATCH && id <= count; id++) {
      const { type, payload } = newEvent(id)
      events.push({ type, data: payload })
    }
    await store.appendToStream(`bank-${from}`, events)
  }
  await closed(connection)
  renameSync(unfinished, path)
  return path
}

/** Checkpoints and closes: `close` of theirs does not wait. */
export async function closed(connection: ReturnType<typeof sqliteConnection>): Promise<void> {
  await connection.query('PRAGMA wal_checkpoint(TRUNCATE)')
  connection.close()
  await new Promise((resolve) => setTimeout(resolve, 250))
}
