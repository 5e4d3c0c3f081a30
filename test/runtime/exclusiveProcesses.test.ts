import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newFile } from '../stores/support/folder.ts'
import { append, upTo } from './support/notes.ts'

const SCRIPT = fileURLToPath(new URL('./support/exclusiveProjector.ts', import.meta.url))

/** A worker in a process of its own; it is gone when the test has finished. */
function startWorker(path: string) {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=rx-projection-source', SCRIPT, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit')
  const said: string[] = []
  const waiting = new Set<() => void>()
  createInterface(child.stdout!).on('line', (line) => {
    said.push(line)
    for (const look of waiting) look()
  })
  return {
    said,
    /** Waits until it has said something. */
    says: (words: string) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (!said.includes(words)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    sleep: () => child.stdin!.write('sleep\n'),
    wake: () => child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
    async stops() {
      child.stdin!.end()
      expect(await exit).toEqual([0, null])
    },
  }
}

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
  test('the other one takes over from one that is killed, and everything is handled exactly once', async () => {
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

  test('one that slept until another had taken over handles nothing any more when it wakes', async () => {
    const { path, store, seen } = await logFile()
    await append(store, 10)
    const [first, second] = await twoWorkers(path)
    first.sleep()
    await second.says('live')
    first.wake()
    await append(store, 500)
    await first.says('failure the lease "seen" of epoch 1 is lost')
    await second.says('at 510')
    expect(seen()).toEqual(upTo(510))
    await second.stops()
    await append(store, 5)
    await first.says('at 515')
    expect(seen()).toEqual(upTo(515))
    await first.stops()
  })
})
