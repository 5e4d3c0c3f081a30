import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { postgres } from 'rx-projection/postgres'
import type { Job, Scale } from '../harness/job.ts'
import { ownName } from '../ownName.ts'
import { type BankEvent, newEvent, streamOf } from '../workload.ts'

const PARTITIONS = 4
const WORKER = fileURLToPath(new URL('../partitionWorker.ts', import.meta.url))

/** A projector of four partitions that upserts a row for each event, shared by some processes: new events until all are in. */
export async function setUp({ events, url, workers = 2 }: Scale): Promise<Job> {
  const schema = ownName('partitioned')
  const table = `${schema}.changes`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const store = postgres<BankEvent>({ connectionString: url!, schema })
  await store.open()
  await client.query(`CREATE TABLE ${table} (account int PRIMARY KEY, changes bigint NOT NULL)`)
  const crew = Array.from({ length: workers }, () =>
    fork(WORKER, [url!, schema, table, String(PARTITIONS)], { execArgv: ['--conditions=rx-projection-source'] }),
  )
  await Promise.all(crew.map((worker) => runs(worker, PARTITIONS / workers)))
  return {
    async run() {
      await client.query(`TRUNCATE ${table}`)
      for (let stream = 1; stream <= 100; stream++) {
        const own = Array.from({ length: events / 100 }, (_, index) => newEvent(stream + index * 100))
        await store.events.append(streamOf(stream), own)
      }
      const begun = performance.now()
      await Promise.all(crew.map(caughtUp))
      const value = performance.now() - begun
      const { rows } = await client.query(`SELECT sum(changes)::int AS changes FROM ${table}`)
      return { value, result: JSON.stringify(rows[0]) }
    },
    async tearDown() {
      for (const worker of crew) worker.disconnect()
      await Promise.all(crew.map((worker) => once(worker, 'exit')))
      await store[Symbol.asyncDispose]()
      await client.end()
    },
  }
}

/** Resolves when a worker runs as many partitions as are its share. */
function runs(worker: ChildProcess, share: number): Promise<void> {
  return new Promise((resolve) => {
    worker.on('message', ({ partitions }: { partitions?: number }) => partitions === share && resolve())
  })
}

function caughtUp(worker: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const answered = ({ caughtUp: done }: { caughtUp?: boolean }): void => {
      if (!done) return
      worker.off('message', answered)
      resolve()
    }
    worker.on('message', answered)
    worker.send('catch up')
  })
}
