import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sqlite } from 'rx-projection/sqlite'
import { type BankEvent, newEvent, streamOf } from './workload.ts'

const BATCH = 1_000

/** A SQLite file that holds the first `count` events; made once for each folder. */
export async function seededFile(folder: string, count: number): Promise<string> {
  const path = join(folder, `events-${count}.db`)
  if (existsSync(path)) return path
  const unfinished = `${path}.unfinished`
  {
    await using store = sqlite<BankEvent>(unfinished, { synchronous: 'normal' })
    for (let from = 1; from <= count; from += BATCH) {
      store.transactions.run(() => {
        for (let id = from; id < from + BATCH && id <= count; id++)
          void store.events.append(streamOf(id), [newEvent(id)])
      })
    }
  }
  renameSync(unfinished, path)
  return path
}

/** A copy of it that may be written to, and how to be rid of it. */
export async function ownFile(folder: string, count: number): Promise<{ path: string; remove: () => void }> {
  const path = join(folder, `own-${process.pid}.db`)
  copyFileSync(await seededFile(folder, count), path)
  return {
    path,
    remove: () => {
      for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
    },
  }
}
