import { defineProjector, memory, startProjector } from 'rx-projection'
import { type SqliteContext, sqlite } from 'rx-projection/sqlite'
import { filter, firstValueFrom } from 'rxjs'
import { expect, onTestFinished, test } from 'vitest'
import { newFile } from '../../stores/support/folder.ts'
import { append, type Noted } from '../support/notes.ts'

test('a handler is not called again while the file of its position is full', async () => {
  const file = sqlite(newFile())
  onTestFinished(() => file[Symbol.asyncDispose]())
  const limit = (pages: number | 'now') =>
    file.transactions!.run(({ context }) => {
      const { db } = context as SqliteContext
      const { page_count } = db.prepare('PRAGMA page_count').get() as { page_count: number }
      db.exec(`PRAGMA max_page_count = ${pages === 'now' ? page_count : pages}`)
    })
  await file.positions.save('other', 1)
  await limit('now')
  const { transactions: _, ...log } = memory()
  await append(log, 1)
  const handled: number[] = []
  const told: string[] = []
  // A name that needs pages of its own.
  const projector = startProjector(
    defineProjector<Noted>({ name: 'mails'.repeat(4_000), process: ({ id }) => handled.push(id) }),
    {
      store: { ...log, positions: file.positions },
      retry: { delay: 5, entropy: 0 },
      onError: (error) => told.push(String((error as Error).cause ?? error)),
    },
  )
  await firstValueFrom(projector.telemetry$.pipe(filter((event) => event.type === 'retry' && event.attempt === 5)))
  expect(handled).toEqual([1])
  expect(told[0]).toContain('full')
  await limit(1_000_000)
  await projector.whenProcessed(1)
  await projector.stop()
  expect([handled, await file.positions.load(projector.name)]).toEqual([[1], 1])
})
