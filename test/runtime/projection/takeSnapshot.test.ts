import { startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, ids, storeWith, upTo } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { watchSaves } from '../support/saves.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

const never = { snapshotEvery: Infinity, snapshotAfter: Infinity }

describe('takeSnapshot()', () => {
  test('saves now, whatever the counts are, and resolves with the saved snapshot', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const projection = startProjection(ids, { store, scheduler: time, ...never })
    const saved = record(projection.snapshot$)
    time.runTo(0)
    const taken = await projection.takeSnapshot()
    expect(taken).toEqual({ offset: 3, state: [1, 2, 3] })
    expect(saved.values).toEqual([taken])
    expect(store.snapshots.load('ids', 1)).toEqual(taken)
  })

  test('waits for the hydration', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    store.snapshots.save('ids', 1, { offset: 2, state: [1, 2] })
    const projection = startProjection(ids, { store, scheduler: time, ...never })
    const taken = watch(projection.takeSnapshot())
    await promises()
    expect(taken.state).toBe('pending')
    await time.passTo(0)
    expect(taken).toMatchObject({ state: 'resolved', value: { offset: 2, state: [1, 2] } })
  })

  test('resolves with the last saved snapshot when nothing is unsaved', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots)
    const projection = startProjection(ids, { store: { ...storeWith(3), snapshots }, scheduler: time, ...never })
    time.runTo(0)
    const first = await projection.takeSnapshot()
    expect(await projection.takeSnapshot()).toEqual(first)
    expect(began).toEqual([3])
  })

  test('resolves with the hydrated snapshot if no event follows it', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    store.snapshots.save('ids', 1, { offset: 2, state: [1, 2] })
    const { snapshots, began } = watchSaves(store.snapshots)
    const projection = startProjection(ids, { store: { ...store, snapshots }, scheduler: time })
    time.runTo(0)
    expect(await projection.takeSnapshot()).toEqual({ offset: 2, state: [1, 2] })
    expect(began).toEqual([])
  })

  test('counts for both policies: they do not save its snapshot again', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots)
    const store = { ...storeWith(3), snapshots }
    const projection = startProjection(ids, { store, scheduler: time, snapshotEvery: 4, snapshotAfter: 100 })
    time.runTo(50)
    await projection.takeSnapshot()
    append(store)
    time.runTo(149)
    expect(began).toEqual([3])
    time.runTo(150)
    expect(began).toEqual([3, 4])
  })

  test('waits for the save in flight, then saves the newer state', async () => {
    const time = new VirtualTime()
    const { snapshots, began } = watchSaves(storeWith(0).snapshots, (go) => Later.after(time, 100, go))
    const store = { ...storeWith(1), snapshots }
    const projection = startProjection(ids, { store, scheduler: time, snapshotEvery: 1, snapshotAfter: Infinity })
    time.runTo(0)
    append(store, 2)
    const taken = watch(projection.takeSnapshot())
    await time.passTo(199)
    expect([began, taken.state]).toEqual([[1, 3], 'pending'])
    await time.passTo(200)
    expect(taken).toMatchObject({ state: 'resolved', value: { offset: 3, state: [1, 2, 3] } })
  })

  test('rejects when the save fails; the projection continues', async () => {
    const time = new VirtualTime()
    const full = new Error('disk full')
    const told: unknown[] = []
    const { snapshots } = watchSaves(storeWith(0).snapshots, () => {
      throw full
    })
    const store = { ...storeWith(1), snapshots }
    const projection = startProjection(ids, { store, scheduler: time, onError: (error) => told.push(error), ...never })
    time.runTo(0)
    await expect(projection.takeSnapshot()).rejects.toBe(full)
    expect(told).toEqual([full])
    append(store)
    expect(projection.current).toEqual({ offset: 2, state: [1, 2] })
  })

  test('a failure keeps the count: without pacing the next event is enough', async () => {
    const time = new VirtualTime()
    let broken = true
    const { snapshots, saved } = watchSaves(storeWith(0).snapshots, (go, offset) =>
      Later.after(time, 10, () => {
        if (broken && offset > 4) throw new Error('disk full')
        go()
      }),
    )
    const store = { ...storeWith(4), snapshots }
    const policies = { snapshotEvery: 4, snapshotAfter: Infinity, paceSaves: false }
    const projection = startProjection(ids, { store, scheduler: time, ...policies })
    time.runTo(0)
    append(store, 3)
    const taken = watch(projection.takeSnapshot())
    await time.passTo(20)
    expect([saved, taken.state]).toEqual([[4], 'rejected'])
    broken = false
    append(store)
    time.runTo(30)
    expect(saved).toEqual([4, 8])
  })

  test('rejects with a TimeoutError after the given time, hydration included', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const { snapshots } = watchSaves(store.snapshots, () => Later.never())
    const slow = { ...snapshots, load: () => Later.after(time, 80, () => undefined) }
    const projection = startProjection(ids, { store: { ...store, snapshots: slow }, scheduler: time, ...never })
    const taken = watch(projection.takeSnapshot({ timeout: 100 }))
    await time.passTo(99)
    expect(taken.state).toBe('pending')
    await time.passTo(100)
    expect(taken).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError', timeout: 100 } })
  })

  test('rejects with the reason of an aborted signal', async () => {
    const time = new VirtualTime()
    const { snapshots } = watchSaves(storeWith(0).snapshots, () => Later.never())
    const projection = startProjection(ids, { store: { ...storeWith(1), snapshots }, scheduler: time, ...never })
    time.runTo(0)
    const control = new AbortController()
    const taken = watch(projection.takeSnapshot({ signal: control.signal }))
    await time.passTo(1)
    control.abort('enough')
    await time.passTo(2)
    expect(taken).toMatchObject({ state: 'rejected', error: 'enough' })
  })

  test('rejects after the end: with the fault, or with a ProjectionStoppedError', async () => {
    const time = new VirtualTime()
    const stopped = startProjection(ids, { store: storeWith(1), scheduler: time })
    await stopped.stop()
    await expect(stopped.takeSnapshot()).rejects.toMatchObject({ name: 'ProjectionStoppedError', projection: 'ids' })

    const store = storeWith(0)
    const faulted = startProjection(ids, { store, scheduler: time, onError: () => undefined })
    store.events.append('a', [{ type: 'Other', payload: null }])
    time.runTo(0)
    await expect(faulted.takeSnapshot()).rejects.toMatchObject({ name: 'UnknownEventError' })
  })

  test('saves the published state, also while a retry is far behind it', async () => {
    const time = new VirtualTime()
    const store = storeWith(4)
    let reads = 0
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) => {
        if (++reads === 3) throw new Error('no connection')
        return store.events.read(options)
      },
    }
    const retry = { delay: 100, entropy: 0 }
    const projection = startProjection(ids, {
      store: { ...store, events },
      scheduler: time,
      pageSize: 2,
      retry,
      ...never,
    })
    time.runTo(10)
    append(store)
    expect(record(projection.status$).values).toEqual(['retrying'])
    expect(await projection.takeSnapshot()).toEqual({ offset: 4, state: upTo(4) })
    await time.passTo(110)
    expect(projection.current).toEqual({ offset: 5, state: upTo(5) })
  })
})
