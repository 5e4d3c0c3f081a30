import { memory, startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { append, ids, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

describe('state$', () => {
  const unhandled = collectUnhandled()

  test('begins with the initial state, also for an empty log', () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: memory(), scheduler: time })
    const state = record(projection.state$, time)
    expect(state.values).toEqual([])
    time.runTo(0)
    expect(state.timed).toEqual([[0, []]])
  })

  test('begins with the hydrated state', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    store.snapshots.save('ids', 1, { offset: 2, state: [1, 2] })
    const projection = startProjection(ids, { store, scheduler: time })
    const state = record(projection.state$, time)
    time.runTo(0)
    expect(state.values).toEqual([
      [1, 2],
      [1, 2, 3],
    ])
  })

  test('emits once for each page of the history', () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(5), scheduler: time, pageSize: 2 })
    const state = record(projection.state$, time)
    time.runTo(0)
    expect(state.values).toEqual([[], [1, 2], [1, 2, 3, 4], [1, 2, 3, 4, 5]])
  })

  test('emits once for each append when live', () => {
    const time = new VirtualTime()
    const store = memory()
    const projection = startProjection(ids, { store, scheduler: time })
    const state = record(projection.state$, time)
    time.at(10, () => append(store))
    time.at(20, () => append(store, 2))
    time.runTo(30)
    expect(state.timed).toEqual([
      [0, []],
      [10, [1]],
      [20, [1, 2, 3]],
    ])
  })

  test('does not emit for a page that did not change the state', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const projection = startProjection(ids, { store, scheduler: time, strictOnline: false, pageSize: 1 })
    const state = record(projection.state$, time)
    time.at(1, () => store.events.append('a', [{ type: 'Other', payload: null }]))
    time.runTo(1)
    expect(state.values).toEqual([[], [1], [1, 2]])
    expect(projection.current).toEqual({ offset: 3, state: [1, 2] })
  })

  test('emits the latest state to late subscribers', () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(3), scheduler: time, pageSize: 1 })
    time.runTo(0)
    expect(record(projection.state$).values).toEqual([[1, 2, 3]])
  })

  test('emits the latest state, then its end, to subscribers after the end', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(3), scheduler: time })
    time.runTo(0)
    await projection.stop()
    const state = record(projection.state$)
    expect(state).toMatchObject({ values: [upTo(3)], completed: true })
  })

  test('completes when the projection stops', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(1), scheduler: time })
    const state = record(projection.state$)
    time.runTo(0)
    expect(state.completed).toBe(false)
    await projection.stop()
    expect(state.completed).toBe(true)
  })

  test('errors with the fault of the projection, after the last state', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const projection = startProjection(ids, { store, scheduler: time })
    const state = record(projection.state$)
    store.events.append('a', [{ type: 'Other', payload: null }])
    time.runTo(0)
    expect(state.values).toEqual([[], [1, 2]])
    expect(state.error).toMatchObject({ name: 'UnknownEventError', event: { id: 3 } })
    const late = record(projection.state$)
    expect(late.values).toEqual([[1, 2]])
    expect(late.error).toBe(state.error)
  })

  test('never goes back while a retry folds published events again', () => {
    const time = new VirtualTime()
    const store = storeWith(6)
    let broken = false
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) => {
        if (broken) throw new Error('no connection')
        return store.events.read(options)
      },
    }
    const projection = startProjection(ids, {
      store: { ...store, events },
      scheduler: time,
      pageSize: 2,
      retry: { delay: 10, entropy: 0 },
    })
    const state = record(projection.state$, time)
    const position = record(projection.position$, time)
    time.at(5, () => {
      broken = true
      append(store)
    })
    time.at(12, () => {
      broken = false
      append(store)
    })
    time.runTo(20)
    expect(state.timed).toEqual([
      [0, []],
      [0, [1, 2]],
      [0, [1, 2, 3, 4]],
      [0, upTo(6)],
      [15, upTo(8)],
    ])
    expect(position.values).toEqual([0, 2, 4, 6, 8])
  })

  test('is not harmed by a subscriber that throws, and neither is another subscriber', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const projection = startProjection(ids, { store, scheduler: time })
    projection.state$.subscribe((state) => {
      throw new Error(`cannot render ${state}`)
    })
    const state = record(projection.state$)
    time.runTo(0)
    append(store)
    expect(state.values).toEqual([[], [1], [1, 2]])
    const reported = await unhandled.take()
    expect(reported.map(String)).toEqual(['', '1', '1,2'].map((ids) => `Error: cannot render ${ids}`))
  })

  test('lets a subscriber append: its event arrives as a separate page', () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const projection = startProjection(ids, { store, scheduler: time })
    const state = record(projection.state$)
    projection.state$.subscribe((seen) => {
      if (seen.length === 1) append(store)
    })
    time.runTo(0)
    expect(state.values).toEqual([[], [1], [1, 2]])
  })
})
