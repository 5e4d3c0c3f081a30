import { DatabaseSync } from 'node:sqlite'
import { partitionOf } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { append, upTo } from '../runtime/support/notes.ts'
import { newFile } from '../stores/support/folder.ts'
import { startProcess } from '../support/startProcess.ts'

const startWorker = (path: string) => startProcess(new URL('./support/partitionedProjector.ts', import.meta.url), path)

/** Looks again in each turn of the event loop. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve))
}

describe('processes that share the partitions of a projector', { timeout: 60_000 }, () => {
  test('handle every event exactly once, in the order of its stream, though one is killed and one leaves', async () => {
    const path = newFile()
    await using store = sqlite(path, { synchronous: 'normal' })
    // Without a key of its own: what is written twice is there twice.
    store.transactions.run(({ context: { db } }) => db.exec('CREATE TABLE seen (id INTEGER NOT NULL, stream TEXT)'))
    const streams = Array.from({ length: 12 }, (_, index) => `stream-${index}`)
    expect(new Set(streams.map((stream) => partitionOf(stream, 4))).size).toBe(4)
    const fill = async () => {
      for (const stream of streams) await append(store, 25, stream)
    }
    using db = new DatabaseSync(path)
    const seen = () =>
      db.prepare('SELECT id, stream FROM seen ORDER BY rowid').all() as { id: number; stream: string }[]

    await fill()
    const first = startWorker(path)
    await first.says('4')
    const second = startWorker(path)
    await second.says('2')
    await fill()
    await second.kill()
    await fill()
    const third = startWorker(path)
    await third.says('2')
    await fill()
    await first.stops()
    await fill()
    await third.says('4')
    await until(() => seen().length >= 1_500)
    await third.stops()

    const rows = seen()
    expect(rows.map(({ id }) => id).sort((a, b) => a - b)).toEqual(upTo(1_500))
    for (const stream of streams) {
      const own = rows.filter((row) => row.stream === stream).map(({ id }) => id)
      expect(own).toEqual([...own].sort((a, b) => a - b))
    }
  })
})
