import { DatabaseSync } from 'node:sqlite'
import { defineProjection, type LogPage, RevisionConflictError, startProjection } from 'rx-projection'
import { ensureSequential, followLog } from 'rx-projection/operators'
import { sqlite } from 'rx-projection/sqlite'
import { filter, firstValueFrom, mergeAll, scan } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { newFile } from '../support/folder.ts'
import { startWriter } from './support/startWriter.ts'

const event = { type: 'A', payload: 1 }

/** What somebody does with another tool. */
function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.exec(sql)
  db.close()
}

async function filled(path: string, ...streams: readonly string[]): Promise<void> {
  await using store = sqlite(path)
  for (const stream of streams) await store.events.append(stream, [event])
}

type Store = ReturnType<typeof sqlite>
type Read = Partial<Parameters<Store['events']['read']>[0]>

const read = ({ events }: Store, options: Read = {}): LogPage =>
  events.read({ after: 0, limit: 10, ...options }) as LogPage
const links = ({ events }: LogPage) => events.map(({ id, previous }) => [id, previous])

const ids = defineProjection<readonly number[]>({
  name: 'ids',
  initialState: () => [],
  evolve: (state, { id }) => [...state, id],
})

describe('a log from which events were deleted', () => {
  test('leads over the holes: the event behind one says which was before it, others say nothing', async () => {
    const path = newFile()
    await filled(path, 'a', 'a', 'b', 'b', 'a', 'a', 'a')
    edit(path, 'DELETE FROM rx_events WHERE position IN (1, 4, 5)')
    await using store = sqlite(path)
    expect(read(store)).toMatchObject({ through: 7, head: 7 })
    expect(links(read(store))).toEqual([
      [2, 0],
      [3, undefined],
      [6, 3],
      [7, undefined],
    ])
    expect(links(read(store, { after: 2, limit: 2 }))).toEqual([
      [3, undefined],
      [6, 3],
    ])
    // The first event of a page: it knows where the page began.
    expect(links(read(store, { after: 3 }))[0]).toEqual([6, 3])
    expect(links(read(store, { after: 4 }))[0]).toEqual([6, 4])
    expect(links(read(store, { after: 5 }))[0]).toEqual([6, 5])
    expect(links(read(store, { after: 6 }))).toEqual([[7, undefined]])
  })

  test('says nothing of what was before an event where nothing was deleted', async () => {
    const path = newFile()
    await filled(path, 'a', 'b', 'a')
    await using store = sqlite(path)
    for (const { events } of [read(store), read(store, { after: 1 })]) {
      expect(events.map((each) => 'previous' in each)).toEqual(events.map(() => false))
    }
  })

  test('is read by streams as before', async () => {
    const path = newFile()
    await filled(path, 'a', 'b', 'a', 'a')
    edit(path, 'DELETE FROM rx_events WHERE position IN (3, 4)')
    await using store = sqlite(path)
    expect(links(read(store, { streams: ['a'] }))).toEqual([[1, 0]])
    expect(read(store, { streams: ['a'] })).toMatchObject({ through: 4, head: 4 })
  })

  test('is folded from the beginning, in pages of any size', async () => {
    const path = newFile()
    await filled(path, ...new Array<string>(9).fill('a'))
    edit(path, 'DELETE FROM rx_events WHERE position IN (1, 2, 5, 6, 8, 9)')
    for (const pageSize of [1, 2, 3, 100]) {
      await using store = sqlite(path)
      await using projection = startProjection(ids, { store, pageSize, instance: `${pageSize}` })
      expect(await projection.state()).toEqual([3, 4, 7])
      await projection.whenCaughtUp({ timeout: 5_000 })
    }
  })

  test('ends at the last number that was given out, and gives none out again, also after a restart', async () => {
    const path = newFile()
    await filled(path, 'a', 'a', 'a')
    edit(path, 'DELETE FROM rx_events WHERE position > 1')
    {
      await using store = sqlite(path)
      expect(read(store)).toMatchObject({ through: 3, head: 3 })
      expect(read(store, { after: 3 })).toEqual({ events: [], through: 3, head: 3 })
    }
    await using store = sqlite(path)
    expect(await store.events.append('a', [event])).toEqual({ position: 4, revision: 4 })
    expect(links(read(store, { after: 3 }))).toEqual([[4, 3]])
    expect(links(read(store))).toEqual([
      [1, undefined],
      [4, 1],
    ])
  })

  test('goes on behind all that was deleted where nothing is left', async () => {
    const path = newFile()
    await filled(path, 'a', 'b')
    edit(path, 'DELETE FROM rx_events')
    await using store = sqlite(path)
    expect(read(store)).toEqual({ events: [], through: 2, head: 2 })
    expect(await store.events.append('c', [event])).toEqual({ position: 3, revision: 1 })
    expect(links(read(store))).toEqual([[3, 0]])
  })

  test('counts the revisions of a stream on', async () => {
    const path = newFile()
    await filled(path, 'a', 'a', 'b')
    edit(path, "DELETE FROM rx_events WHERE stream = 'a'")
    await using store = sqlite(path)
    await expect(store.events.append('a', [event], { expectedRevision: 0 })).rejects.toThrow(RevisionConflictError)
    expect(await store.events.append('a', [event], { expectedRevision: 2 })).toEqual({ position: 4, revision: 3 })
    expect(await store.events.append('b', [event], { expectedRevision: 1 })).toEqual({ position: 5, revision: 2 })
  })

  test('keeps a live projection going: it sees what is appended after the last event was deleted', async () => {
    const path = newFile()
    await filled(path, 'a', 'a')
    await using store = sqlite(path)
    await using projection = startProjection(ids, { store })
    await projection.whenCaughtUp({ timeout: 5_000 })
    edit(path, 'DELETE FROM rx_events WHERE position = 2')
    await projection.whenCaughtUp({ timeout: 5_000 })
    const { position } = await store.events.append('a', [event])
    expect(await projection.state({ atLeast: position })).toEqual([1, 2, 3])
  })

  test('keeps a follower going that had not read what was deleted', async () => {
    const path = newFile()
    await filled(path, 'a', 'a', 'a')
    await using store = sqlite(path)
    const seen = firstValueFrom(
      followLog(store).pipe(
        ensureSequential(),
        mergeAll(),
        scan((all: readonly number[], { id }) => [...all, id], []),
        filter((all) => all.includes(5)),
      ),
    )
    edit(path, 'DELETE FROM rx_events WHERE position = 3')
    await store.events.append('a', [event])
    edit(path, 'DELETE FROM rx_events WHERE position = 4')
    await store.events.append('a', [event])
    expect((await seen).slice(0, 2)).toEqual([1, 2])
  })

  test('takes a deletion back with its transaction', async () => {
    const path = newFile()
    await filled(path, 'a', 'a')
    edit(path, 'BEGIN; DELETE FROM rx_events WHERE position = 2; ROLLBACK')
    await using store = sqlite(path)
    expect(await store.events.append('a', [event])).toEqual({ position: 3, revision: 3 })
    edit(path, 'DELETE FROM rx_events WHERE position = 1')
    expect(await store.events.append('a', [event])).toEqual({ position: 4, revision: 4 })
  })

  test('takes an event back that is put where it was', async () => {
    const path = newFile()
    await filled(path, 'a', 'a', 'a')
    edit(
      path,
      `CREATE TEMP TABLE kept AS SELECT * FROM rx_events WHERE position = 2;
       DELETE FROM rx_events WHERE position = 2;
       INSERT INTO rx_events SELECT * FROM kept`,
    )
    await using store = sqlite(path)
    expect(links(read(store))).toEqual([1, 2, 3].map((id) => [id, undefined]))
  })

  test('fails the append of a version that would give a number out again', async () => {
    const path = newFile()
    await filled(path, 'a', 'a')
    edit(path, 'DELETE FROM rx_events WHERE position = 2')
    const append = `INSERT INTO rx_events (position, stream, type, payload, revision, recorded_at, metadata)
      SELECT max(position) + 1, 'a', 'A', '1', 2, '2026-05-04T10:00:00.000Z', NULL FROM rx_events`
    expect(() => edit(path, append)).toThrow('the position was given to an event that was deleted since')
    await using store = sqlite(path)
    await store.events.append('a', [event])
    edit(path, append)
    expect(read(store).head).toBe(4)
  })

  test('gives each number once to a process that appends while its last events are deleted', {
    timeout: 60_000,
  }, async () => {
    const path = newFile()
    await using store = sqlite(path)
    const seen: number[] = []
    const errors: unknown[] = []
    const reader = followLog(store)
      .pipe(ensureSequential(), mergeAll())
      .subscribe({ next: ({ id }) => seen.push(id), error: (error: unknown) => errors.push(error) })
    const writer = startWriter('append', path, 'a', '100')
    await writer.says()
    writer.goOn()
    while (read(store).head < 200 && errors.length === 0) {
      edit(path, 'DELETE FROM rx_events WHERE position = (SELECT max(position) FROM rx_events)')
      await new Promise((resolve) => setImmediate(resolve))
    }
    await writer.ends()
    reader.unsubscribe()
    expect(errors).toEqual([])
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
    const { events, head } = read(store, { limit: 1_000 })
    expect(head).toBe(200)
    expect(events.map(({ id, revision }) => id - revision!)).toEqual(events.map(() => 0))
  })
})
