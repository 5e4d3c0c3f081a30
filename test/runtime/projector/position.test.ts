import { defineProjection, startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { append, type IdsState, ids, type Noted, storeWith } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const ofB = defineProjection<IdsState, Noted>({
  name: 'of b',
  streams: ['b'],
  initialState: () => [],
  on: { Noted: (state, { id }) => [...state, id] },
})

describe('position$', () => {
  test('moves with each page', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const projection = startProjection(ids, { store, scheduler: time, pageSize: 2 })
    const position = record(projection.position$, time)
    time.at(7, () => append(store))
    time.runTo(10)
    expect(position.timed).toEqual([
      [0, 0],
      [0, 2],
      [0, 3],
      [7, 4],
    ])
  })

  test('moves over events of other streams, which do not change the state', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const projection = startProjection(ofB, { store, scheduler: time })
    const position = record(projection.position$, time)
    const state = record(projection.state$)
    time.at(5, () => append(store, 1, 'b'))
    time.at(6, () => append(store, 2, 'a'))
    time.runTo(10)
    expect(position.timed).toEqual([
      [0, 0],
      [0, 3],
      [5, 4],
      [6, 6],
    ])
    expect(state.values).toEqual([[], [4]])
    expect(projection.current).toEqual({ offset: 4, state: [4] })
  })

  test('moves over ignored events', () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    const projection = startProjection({ ...ids, handlerOf: () => 'ignore' }, { store, scheduler: time })
    const position = record(projection.position$)
    time.runTo(0)
    append(store, 2)
    expect(position.values).toEqual([0, 2])
    expect(projection.current).toEqual({ offset: 2, state: [] })
  })

  test('begins at the end of the snapshot', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    store.snapshots.save('ids', 1, { offset: 4, state: [1, 2, 3, 4] })
    const projection = startProjection(ids, { store, scheduler: time })
    const position = record(projection.position$)
    time.runTo(0)
    expect(position.values).toEqual([4, 5])
  })

  test('emits the latest position to late subscribers, and completes at the end, also after a fault', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const projection = startProjection(ids, { store, scheduler: time, onError: () => undefined })
    time.runTo(0)
    const position = record(projection.position$)
    store.events.append('a', [{ type: 'Other', payload: 1 }])
    expect(position).toMatchObject({ values: [2], completed: true, error: undefined })
  })
})

describe('current', () => {
  test('is undefined before the hydration, then the latest state and its last event', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const projection = startProjection(ids, { store, scheduler: time })
    expect(projection.current).toBeUndefined()
    time.runTo(0)
    expect(projection.current).toEqual({ offset: 2, state: [1, 2] })
    append(store)
    expect(projection.current).toEqual({ offset: 3, state: [1, 2, 3] })
    await projection.stop()
    expect(projection.current).toEqual({ offset: 3, state: [1, 2, 3] })
  })

  test('is the initial state of an empty log', () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(0), scheduler: time })
    time.runTo(0)
    expect(projection.current).toEqual({ offset: 0, state: [] })
  })

  test('is not copied: it is the same state that state$ emits', () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(2), scheduler: time })
    const state = record(projection.state$)
    time.runTo(0)
    expect(projection.current?.state).toBe(state.values.at(-1))
  })
})
