import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { defineProjection, startProjection } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { append, type IdsState, ids, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { watchSaves } from '../support/saves.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

function version(number: number) {
  return defineProjection<IdsState, Noted>({
    name: 'ids',
    version: number,
    initialState: () => [],
    on: { Noted: (state, { id }) => [...state, id * number] },
  })
}

describe('hydration', () => {
  test('from a snapshot reads only later events', () => {
    const time = new VirtualTime()
    const store = storeWith(6)
    store.snapshots.save('ids', 1, { offset: 4, state: upTo(4) })
    const after: number[] = []
    const read = (options: Parameters<typeof store.events.read>[0]) => {
      after.push(options.after)
      return store.events.read(options)
    }
    const projection = startProjection(ids, { store: { ...store, events: { ...store.events, read } }, scheduler: time })
    time.runTo(0)
    expect([after, projection.current]).toEqual([[4], { offset: 6, state: upTo(6) }])
  })

  test('from a snapshot that is ahead of the log is refused: nothing is projected, nothing saved', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    store.snapshots.save('ids', 1, { offset: 5, state: upTo(5) })
    const { snapshots, began } = watchSaves(store.snapshots)
    const projection = startProjection(ids, { store: { ...store, snapshots }, scheduler: time })
    const state = record(projection.state$)
    time.runTo(0)
    expect(state.error).toMatchObject({ name: 'SnapshotAheadError', offset: 5, head: 3 })
    expect(state.values).toEqual([upTo(5)])
    append(store, 4)
    await projection.stop()
    expect([began, time.timers, projection.current?.offset]).toEqual([[], 0, 5])
  })

  test('a log that is truncated while it is followed is refused', () => {
    const time = new VirtualTime()
    const long = storeWith(5)
    const short = storeWith(2)
    let cut = false
    const read = (options: Parameters<typeof long.events.read>[0]) => (cut ? short : long).events.read(options)
    const projection = startProjection(ids, { store: { ...long, events: { ...long.events, read } }, scheduler: time })
    const state = record(projection.state$)
    time.runTo(0)
    cut = true
    append(long)
    expect(state.error).toMatchObject({ name: 'SnapshotAheadError', offset: 5, head: 2 })
    expect(projection.current?.state).toEqual(upTo(5))
  })

  test('of another version starts again, and does not change the old version’s snapshot', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const one = startProjection(version(1), { store, scheduler: time })
    time.runTo(0)
    await one.stop()
    const two = startProjection(version(2), { store, scheduler: time })
    const state = record(two.state$)
    time.runTo(0)
    await two.stop()
    expect(state.values).toEqual([[], [2, 4, 6]])
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 3, state: [1, 2, 3] })
    expect(store.snapshots.load('ids', 2)).toEqual({ offset: 3, state: [2, 4, 6] })
  })

  test('each run has its own state: changes by a handler reach no other run', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const first = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    const taken = await first.takeSnapshot()
    const { state } = first.current!
    ;(state as number[]).push(99)
    const second = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    expect(second.current?.state).toEqual([1, 2])
    expect(taken.offset).toBe(2)
  })
})

describe('hydration from a snapshot that cannot be decoded', () => {
  function decayed(offsets: number[]) {
    const folder = mkdtempSync(join(tmpdir(), 'rx-hydration-'))
    const path = join(folder, 'log.db')
    return {
      path,
      decay() {
        using db = new DatabaseSync(path)
        for (const offset of offsets) db.prepare(`UPDATE rx_snapshots SET state = '[1,' WHERE "offset" = ?`).run(offset)
      },
      [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
    }
  }

  async function run(path: string, decay: () => void) {
    await using store = sqlite(path, { synchronous: 'normal' })
    const time = new VirtualTime()
    await append(store, 6)
    const first = startProjection(ids, { store, scheduler: time, pageSize: 2, snapshotEvery: 2 })
    time.runTo(0)
    await first.stop()
    decay()
    const told: unknown[] = []
    const second = startProjection(ids, { store, scheduler: time, onError: (error, info) => told.push([error, info]) })
    const telemetry = record(second.telemetry$)
    const state = record(second.state$)
    time.runTo(0)
    await second.stop()
    return { told, states: state.values, telemetry: telemetry.values, stored: store.snapshots.load('ids', 1) }
  }

  test('reports it, and uses the next older one', async () => {
    using file = decayed([6])
    const { told, states, telemetry, stored } = await run(file.path, file.decay)
    expect(told).toMatchObject([[{ name: 'UndecodableSnapshotError', offset: 6, version: 1 }, { attempt: 0 }]])
    expect(states).toEqual([upTo(4), upTo(6)])
    expect(telemetry[0]).toMatchObject({ type: 'snapshot.undecodable', error: { offset: 6 } })
    expect(stored).toEqual({ offset: 6, state: upTo(6) })
  })

  test('starts again if there is none', async () => {
    using file = decayed([2, 4, 6])
    const { told, states, stored } = await run(file.path, file.decay)
    expect(told).toHaveLength(3)
    expect(states).toEqual([[], upTo(6)])
    expect(stored).toEqual({ offset: 6, state: upTo(6) })
  })
})
