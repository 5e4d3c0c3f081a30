import { startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { countedSignal } from '../support/countedSignal.ts'
import { Later } from '../support/Later.ts'
import { append, ids, storeWith } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { watchSaves } from '../support/saves.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'
import { collectWarnings } from '../support/warnings.ts'

describe('signal', () => {
  const warnings = collectWarnings()

  test('stops the projection, with a last snapshot', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const control = new AbortController()
    const projection = startProjection(ids, { store, scheduler: time, signal: control.signal })
    const status = record(projection.status$)
    time.runTo(0)
    control.abort()
    await promises()
    expect(status).toMatchObject({ values: ['hydrating', 'catching-up', 'live', 'stopped'], completed: true })
    expect(store.snapshots.load('ids', 1)).toMatchObject({ offset: 2 })
    expect(time.timers).toBe(0)
  })

  test('aborted already: the projection never begins', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(2), scheduler: time, signal: AbortSignal.abort() })
    const state = record(projection.state$)
    time.runTo(10)
    expect(state).toMatchObject({ values: [], completed: true })
    expect(record(projection.status$)).toMatchObject({ values: ['stopped'], completed: true })
    await expect(projection.state()).rejects.toMatchObject({ name: 'ProjectionStoppedError' })
  })

  test('is released at the end, however the run ended', async () => {
    const time = new VirtualTime()
    const stopped = countedSignal()
    const projection = startProjection(ids, { store: storeWith(1), scheduler: time, signal: stopped.signal })
    time.runTo(0)
    expect(stopped.listeners()).toBe(1)
    await projection.stop()
    expect(stopped.listeners()).toBe(0)

    const faulted = countedSignal()
    const store = storeWith(0)
    store.events.append('a', [{ type: 'Other', payload: null }])
    const options = { store, scheduler: time, signal: faulted.signal, onError: () => undefined }
    startProjection(ids, options)
    time.runTo(0)
    expect(faulted.listeners()).toBe(0)
  })

  test('a stop that takes too long is reported to onError, or else as a warning', async () => {
    for (const onError of [undefined, (error: unknown) => told.push(error)]) {
      const time = new VirtualTime()
      const control = new AbortController()
      const { snapshots } = watchSaves(storeWith(0).snapshots, () => Later.never())
      const store = { ...storeWith(1), snapshots }
      startProjection(ids, { store, scheduler: time, signal: control.signal, onError })
      await time.passTo(0)
      control.abort()
      await time.passTo(5_000)
    }
    expect(await warnings.take()).toMatchObject([{ cause: { name: 'TimeoutError' } }])
    expect(told).toMatchObject([{ name: 'TimeoutError' }])
  })
  const told: unknown[] = []

  test('shared by several projections stops them all', async () => {
    const time = new VirtualTime()
    const control = new AbortController()
    const store = storeWith(1)
    const all = ['a', 'b', 'c'].map((instance) =>
      startProjection(ids, { store, scheduler: time, signal: control.signal, instance }),
    )
    time.runTo(0)
    control.abort()
    append(store)
    expect(all.map(({ status$ }) => record(status$).values)).toEqual([['stopped'], ['stopped'], ['stopped']])
    expect(time.timers).toBe(0)
  })
})
