import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { startProjector } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { append, upTo } from '../support/notes.ts'
import { seen } from '../support/seen.ts'

const CHILD = fileURLToPath(new URL('../support/crashingProjector.ts', import.meta.url))

/** A file with a log and a table, in a folder that goes with it. */
async function logFile(events: number) {
  const folder = mkdtempSync(join(tmpdir(), 'rx-exactly-once-'))
  const path = join(folder, 'log.db')
  await using store = sqlite(path, { synchronous: 'normal' })
  // Without a key of its own: what is written twice is there twice.
  store.transactions.run(({ context: { db } }) => db.exec('CREATE TABLE seen (id INTEGER NOT NULL)'))
  await append(store, events)
  return {
    path,
    read() {
      using db = new DatabaseSync(path)
      const ids = db.prepare('SELECT id FROM seen ORDER BY rowid').all()
      const row = db.prepare(`SELECT position FROM rx_positions WHERE name = 'seen'`).get()
      return { ids: ids.map(({ id }) => Number(id)), position: Number(row?.position ?? 0) }
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}

/** Goes on in this process, to the end. */
async function goOn(path: string, transaction: 'event' | 'page'): Promise<void> {
  await using store = sqlite(path, { synchronous: 'normal' })
  await using projector = startProjector(seen(transaction), { store, pageSize: 4 })
  await projector.whenCaughtUp()
}

/** Runs the projector in a process of its own; kills it when it has said `killAt`. */
function run(args: (string | number)[], killAt = ''): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=rx-projection-source', CHILD, ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    let complaint = ''
    child.stdout.on('data', (text: Buffer) => {
      said += text
      if (killAt !== '' && said.includes(`${killAt}\n`)) child.kill('SIGKILL')
    })
    child.stderr.on('data', (text: Buffer) => {
      complaint += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(signal)
      else reject(new Error(`exit code ${code}: ${complaint}`))
    })
  })
}

describe('a projector that writes SQLite tables, in a process that is killed', () => {
  test.each([
    ['event', 1, 7, 'before it is written', 6],
    ['event', 4, 7, 'after it is written, before it is committed', 6],
    ['event', 4, 7, 'after it is committed', 7],
    ['page', 4, 7, 'after it is written, before it is committed', 4],
    ['page', 4, 8, 'after it is committed', 8],
  ] as const)(
    'by %s, pages of %i, at event %i %s: exactly once',
    async (transaction, pageSize, event, when, durable) => {
      using file = await logFile(20)
      const killed = await run([file.path, transaction, pageSize, event, when])
      expect(killed).toBe('SIGKILL')
      expect(file.read()).toEqual({ ids: upTo(durable), position: durable })

      await goOn(file.path, transaction)
      expect(file.read()).toEqual({ ids: upTo(20), position: 20 })
    },
  )

  test('again and again, at any point: exactly once', async () => {
    using file = await logFile(3_000)
    let last = 0
    for (const killAt of [2, 700, 1_700]) {
      const signal = await run([file.path, 'event', 50, 0, ''], String(killAt))
      expect(signal).toBe('SIGKILL')
      const { ids, position } = file.read()
      expect(ids).toEqual(upTo(position))
      expect(position).toBeGreaterThanOrEqual(Math.max(last, killAt))
      last = position
    }
    await goOn(file.path, 'page')
    expect(file.read()).toEqual({ ids: upTo(3_000), position: 3_000 })
  })
})
