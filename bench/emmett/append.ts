import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { getSQLiteEventStore, sqliteConnection } from '@event-driven-io/emmett-sqlite'
import type { Job, Scale } from '../harness/job.ts'
import { AppendLatency } from '../latency.ts'
import { fold } from '../variants/byHand.ts'
import { noTotals, type StoredEvent } from '../workload.ts'
import { closed, seededFile } from './seed.ts'

/**
 * From the call of `appendToStream` to the handler's new state, for their consumer at its quickest: kept connections (one
 * to append, one to consume) and a poll as often as timers allow, which a full first batch brings it to.
 */
export async function setUp({ events, appends, folder, synchronous = 'full' }: Scale): Promise<Job> {
  const fileName = join(folder, `emmett-own-${process.pid}.db`)
  copyFileSync(await seededFile(folder, events), fileName)
  const toAppend = sqliteConnection({ fileName })
  const toConsume = sqliteConnection({ fileName })
  const writer = getSQLiteEventStore({ fileName, connectionOptions: { singleton: true, connection: toAppend } })
  const reader = getSQLiteEventStore({ fileName, connectionOptions: { singleton: true, connection: toConsume } })
  for (const connection of [toAppend, toConsume]) {
    await connection.command('PRAGMA busy_timeout = 5000')
    await connection.command(`PRAGMA synchronous = ${synchronous}`)
  }

  let state = noTotals
  let latency: AppendLatency | undefined
  let caughtUp: (() => void) | undefined
  const batchSize = Math.min(1_000, events)
  const consumer = reader.consumer({ pulling: { batchSize, pullingFrequencyInMs: 0 } })
  consumer.processor({
    processorId: `totals-${process.pid}`,
    // Not from the beginning: what counts is how much is stored, and that one batch is full.
    startFrom: { globalPosition: BigInt(events - batchSize) },
    eachMessage: ({ type, data, metadata }) => {
      state = fold(state, { type, payload: data } as unknown as StoredEvent)
      latency?.observe(state.deposited)
      if (Number(metadata.globalPosition) === events) caughtUp?.()
    },
  })
  const history = new Promise<void>((resolve) => {
    caughtUp = resolve
  })
  const consuming = consumer.start()
  await history
  await pause(500)
  latency = new AppendLatency(state.deposited, (stream, { type, payload }) =>
    writer.appendToStream(stream, [{ type, data: payload }]),
  )
  return {
    run: () => latency.sample(appends),
    async tearDown() {
      await consumer.stop()
      await consuming
      await Promise.all([closed(toAppend), closed(toConsume)])
      for (const ending of ['', '-wal', '-shm']) rmSync(fileName + ending, { force: true })
    },
  }
}
