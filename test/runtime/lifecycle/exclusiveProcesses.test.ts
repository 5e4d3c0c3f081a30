import { DatabaseSync } from 'node:sqlite'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newFile } from '../../stores/support/folder.ts'
import { startProcess } from '../../support/startProcess.ts'
import { append, upTo } from '../support/notes.ts'

const startWorker = (path: string) => startProcess(new URL('../support/exclusiveProjector.ts', import.meta.url), path)

/** A file with a log and a table that shows what was handled, and how often. */
async function logFile() {
  const path = newFile()
  const store = sqlite(path, { synchronous: 'normal' })
  onTestFinished(() => store[Symbol.asyncDispose]())
  // Without a key of its own: what is written twice is there twice.
  store.transactions.run(({ context: { db } }) => db.exec('CREATE TABLE seen (id INTEGER NOT NULL)'))
  return {
    path,
    store,
    seen() {
      using db = new DatabaseSync(path)
      return db
        .prepare('SELECT id FROM seen ORDER BY rowid')
        .all()
        .map(({ id }) => Number(id))
    },
  }
}

/** Two workers, in the order in which they began: the first one runs. */
async function twoWorkers(path: string) {
  const first = startWorker(path)
  await first.says('live')
  const second = startWorker(path)
  await second.says('hydrating')
  return [first, second] as const
}

describe('two processes with the same exclusive projector', { timeout: 60_000 }, () => {
  test('the other one takes over from a killed one, and everything is handled exactly once', async () => {
    const { path, store, seen } = await logFile()
    await append(store, 300)
    const [first, second] = await twoWorkers(path)
    await append(store, 2_000)
    await first.says('at 400')
    await first.kill()
    await second.says('at 2300')
    expect(seen()).toEqual(upTo(2_300))
    await append(store, 100)
    await second.says('at 2400')
    await second.stops()
    expect(seen()).toEqual(upTo(2_400))
    expect(second.said.filter((line) => line.startsWith('failure'))).toEqual([])
  })

  test('one that slept until another had taken over handles nothing more when it wakes', async () => {
    const { path, store, seen } = await logFile()
    await append(store, 10)
    const [first, second] = await twoWorkers(path)
    first.tell('sleep')
    await second.says('live')
    first.signal('SIGCONT')
    await append(store, 500)
    await first.until((said) => said.find((line) => /^failure the lease ".*" of epoch 1 is lost/.test(line)))
    await second.says('at 510')
    expect(seen()).toEqual(upTo(510))
    await second.stops()
    await append(store, 5)
    await first.says('at 515')
    expect(seen()).toEqual(upTo(515))
    await first.stops()
  })
})
