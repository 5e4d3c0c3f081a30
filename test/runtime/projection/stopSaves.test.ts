import { startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, ids, storeWith } from '../support/notes.ts'
import { observerCount } from '../support/observerCount.ts'
import { record, watch } from '../support/record.ts'
import { watchSaves } from '../support/saves.ts'
import { slowIds } from '../support/slowIds.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

describe('stop()', () => {
  test('during a save in flight: waits for it, then saves the later state', async () => {
    const time = new VirtualTime()
    const { snapshots, began, saved } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 100, go))
    const store = { ...storeWith(1), snapshots }
    const projection = startProjection(ids, { store, scheduler: time, snapshotEvery: 1 })
    await time.passTo(0)
    append(store)
    const stopped = watch(projection.stop())
    await time.passTo(199)
    expect([began, saved, stopped.state]).toEqual([[1, 2], [1], 'pending'])
    await time.passTo(200)
    expect([saved, stopped.state, time.timers]).toEqual([[1, 2], 'resolved', 0])
  })

  test('during a save in flight of a run that failed: waits for it, then saves the published state', async () => {
    const time = new VirtualTime()
    const { snapshots, saved } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 100, go))
    const store = storeWith(4)
    let reads = 0
    const read = (options: Parameters<typeof store.events.read>[0]) => {
      if (++reads === 3) throw new Error('no connection')
      return store.events.read(options)
    }
    const projection = startProjection(ids, {
      store: { events: { ...store.events, read }, snapshots },
      scheduler: time,
      pageSize: 2,
      snapshotEvery: 2,
      retry: { delay: 1_000, entropy: 0 },
    })
    await time.passTo(0)
    append(store)
    expect(record(projection.status$).values).toEqual(['retrying'])
    const stopped = watch(projection.stop())
    await time.passTo(99)
    expect(stopped.state).toBe('pending')
    await time.passTo(200)
    expect([saved, stopped.state, time.timers]).toEqual([[2, 4], 'resolved', 0])
  })

  test('with a last save that fails: reports it, and resolves', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, () => {
      throw new Error('disk full')
    })
    const told: string[] = []
    const projection = startProjection(ids, {
      store: { ...storeWith(1), snapshots },
      scheduler: time,
      snapshotEvery: Infinity,
      snapshotAfter: Infinity,
      onError: (error) => told.push(String(error)),
    })
    time.runTo(0)
    await projection.stop()
    expect([began, told]).toEqual([[1], ['Error: disk full']])
  })

  test('with a save that hangs: rejects with a TimeoutError after 5 s, and everything has ended', async () => {
    const time = new VirtualTime()
    const hanging = new Later<void>()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, (go) => hanging.then(go))
    const store = storeWith(1)
    const counted = observerCount(store.events.hints$)
    const projection = startProjection(ids, {
      store: { events: { ...store.events, hints$: counted.observable }, snapshots },
      scheduler: time,
    })
    const state = record(projection.state$)
    const status = record(projection.status$)
    await time.passTo(10)
    const stopped = watch(projection.stop())
    await time.passTo(5_009)
    expect([stopped.state, state.completed]).toEqual(['pending', false])
    await time.passTo(5_010)
    expect(stopped).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError', timeout: 5_000 } })
    expect(String(stopped.error)).toContain('"ids"')
    expect(state).toMatchObject({ completed: true, error: undefined })
    expect(status.values.at(-1)).toBe('stopped')
    expect([time.timers, counted.observers]).toEqual([0, 0])
    // What hung goes on at last; nothing more comes of it.
    hanging.resolve()
    await promises()
    expect([began, time.timers]).toEqual([[1], 0])
  })

  test('with a takeSnapshot() that hangs: saves nothing more after the timeout', async () => {
    const time = new VirtualTime()
    const hanging = new Later<void>()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, (go) => hanging.then(go))
    const store = { ...storeWith(1), snapshots }
    const policies = { snapshotEvery: Infinity, snapshotAfter: Infinity }
    const projection = startProjection(ids, { store, scheduler: time, ...policies })
    await time.passTo(0)
    const taken = [watch(projection.takeSnapshot()), watch(projection.takeSnapshot())]
    append(store)
    const stopped = watch(projection.stop({ timeout: 10 }))
    await time.passTo(10)
    expect([stopped.state, ...taken.map(({ state }) => state)]).toEqual(['rejected', 'rejected', 'rejected'])
    hanging.resolve()
    await promises()
    expect(began).toEqual([1])
  })

  test('with a handler that hangs: rejects within the given time', async () => {
    const time = new VirtualTime()
    const projection = startProjection(slowIds(time, 1_000), { store: storeWith(1), scheduler: time })
    await time.passTo(0)
    const stopped = watch(projection.stop({ timeout: 20 }))
    await time.passTo(20)
    expect(stopped).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError', timeout: 20 } })
    await time.passTo(2_000)
    expect(projection.current).toEqual({ offset: 0, state: [] })
    expect(time.timers).toBe(0)
  })

  test('with Infinity waits as long as it takes', async () => {
    const time = new VirtualTime()
    const projection = startProjection(slowIds(time, 100_000), { store: storeWith(1), scheduler: time })
    await time.passTo(0)
    const stopped = watch(projection.stop({ timeout: Infinity }))
    await time.passTo(99_999)
    expect(stopped.state).toBe('pending')
    await time.passTo(100_000)
    expect(stopped.state).toBe('resolved')
  })

  test('refuses an invalid timeout, and the run continues', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(1), scheduler: time })
    time.runTo(0)
    await expect(projection.stop({ timeout: -1 })).rejects.toThrow(/^timeout must be/)
    expect(record(projection.status$).values).toEqual(['live'])
    await projection.stop()
  })

  test('is idempotent', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 10, go))
    const projection = startProjection(ids, { store: { ...storeWith(1), snapshots }, scheduler: time })
    time.runTo(0)
    const first = projection.stop()
    const second = projection.stop({ timeout: 1 })
    expect(second).toBe(first)
    await time.passTo(10)
    await first
    await projection.stop()
    await projection[Symbol.asyncDispose]()
    expect(began).toEqual([1])
  })

  test('after a fault resolves', async () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    store.events.append('a', [{ type: 'Other', payload: null }])
    const projection = startProjection(ids, { store, scheduler: time, onError: () => undefined })
    time.runTo(0)
    await projection.stop()
    expect(record(projection.status$).values).toEqual(['faulted'])
  })
})
