import { defineProjection, defineProjector, memory, startProjection, startProjector } from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { describe, expect, test } from 'vitest'
import { append, type IdsState, ids, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const ofB = defineProjection<IdsState, Noted>({
  name: 'ids',
  streams: ['b'],
  initialState: () => [],
  on: { Noted: (state, { id }) => [...state, id] },
})

/** Twelve events, in turn of the streams a, b, c. */
function threeStreams() {
  const store = memory()
  for (const id of upTo(12)) append(store, 1, 'abc'[(id - 1) % 3])
  return store
}

describe('instances', () => {
  test('of one definition keep their snapshots apart', async () => {
    const time = new VirtualTime()
    const store = threeStreams()
    const plain = startProjection(ids, { store, scheduler: time })
    const ofA = startProjection(ids, { store, scheduler: time, instance: 'a', streams: ['a'] })
    const ofC = startProjection(ids, { store, scheduler: time, instance: 'c', streams: ['c'] })
    expect([plain.name, ofA.name, ofC.name]).toEqual(['ids', 'ids@a', 'ids@c'])
    time.runTo(0)
    await Promise.all([plain.stop(), ofA.stop(), ofC.stop()])
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 12, state: upTo(12) })
    expect(store.snapshots.load('ids@a', 1)).toEqual({ offset: 10, state: [1, 4, 7, 10] })
    expect(store.snapshots.load('ids@c', 1)).toEqual({ offset: 12, state: [3, 6, 9, 12] })

    const again = startProjection(ids, { store, scheduler: time, instance: 'a', streams: ['a'] })
    const state = record(again.state$)
    time.runTo(0)
    expect(state.values).toEqual([[1, 4, 7, 10]])
  })

  test('of a projector keep their positions apart', () => {
    const time = new VirtualTime()
    const store = threeStreams()
    const handled: string[] = []
    for (const instance of ['x', 'y']) {
      const projector = defineProjector({ name: 'p', process: ({ id }) => handled.push(`${instance}${id}`) })
      startProjector(projector, { store, scheduler: time, instance, streams: [instance === 'x' ? 'a' : 'b'] })
    }
    time.runTo(0)
    expect(handled).toEqual(['x1', 'x4', 'x7', 'x10', 'y2', 'y5', 'y8', 'y11'])
    expect([store.positions.load('p@x'), store.positions.load('p@y'), store.positions.load('p')]).toEqual([10, 11, 0])
  })
})

describe('streams', () => {
  test('of the definition are read, or all if it names none', () => {
    const time = new VirtualTime()
    const store = threeStreams()
    const b = startProjection(ofB, { store, scheduler: time, pageSize: 3 })
    const all = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    expect(b.current?.state).toEqual([2, 5, 8, 11])
    expect(all.current?.state).toEqual(upTo(12))
  })

  test('of the options replace those of the definition', () => {
    const time = new VirtualTime()
    const projection = startProjection(ofB, {
      store: threeStreams(),
      scheduler: time,
      streams: ['a', 'c'],
      pageSize: 3,
    })
    time.runTo(0)
    expect(projection.current?.state).toEqual([1, 3, 4, 6, 7, 9, 10, 12])
  })

  test('that do not exist yet are live immediately, and read when they appear', () => {
    const time = new VirtualTime()
    const store = threeStreams()
    const projection = startProjection(ids, { store, scheduler: time, streams: ['later'] })
    const position = record(projection.position$)
    time.runTo(0)
    append(store, 2, 'later')
    append(store, 1, 'a')
    append(store, 1, 'later')
    expect(projection.current).toEqual({ offset: 16, state: [13, 14, 16] })
    expect(position.values).toEqual([0, 12, 14, 15, 16])
  })

  test('a restart continues after their last event, in the middle of others', async () => {
    const time = new VirtualTime()
    const store = threeStreams()
    const first = startProjection(ofB, { store, scheduler: time })
    time.runTo(0)
    await first.stop()
    append(store, 3, 'a')
    append(store, 1, 'b')
    const second = startProjection(ofB, { store, scheduler: time })
    time.runTo(0)
    expect(second.current).toEqual({ offset: 16, state: [2, 5, 8, 11, 16] })
  })
})

describe('facets', () => {
  test('of several stores can be mixed', async () => {
    const time = new VirtualTime()
    await using log = sqlite(':memory:')
    await append(log, 5)
    const { snapshots } = memory()
    const projection = startProjection(ids, { store: { ...log, snapshots }, scheduler: time, snapshotEvery: 1 })
    time.runTo(0)
    expect(snapshots.load('ids', 1)).toEqual({ offset: 5, state: upTo(5) })
    expect(log.snapshots.load('ids', 1)).toBeUndefined()
    await projection.stop()
  })

  test('that are not needed may be absent', () => {
    const time = new VirtualTime()
    const { events, snapshots, positions } = storeWith(2)
    const { hints$: _, append: __, ...reader } = events
    const projection = startProjection(ids, { store: { events: reader, snapshots }, scheduler: time })
    const handled: number[] = []
    const p = defineProjector({ name: 'p', process: ({ id }) => handled.push(id) })
    startProjector(p, { store: { events: reader, positions }, scheduler: time })
    time.runTo(0)
    expect([projection.current?.state, handled]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  test('without hints polling finds new events', () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const { hints$: _, ...deaf } = store.events
    const projection = startProjection(ids, { store: { ...store, events: deaf }, scheduler: time, catchUpAfter: 100 })
    const state = record(projection.state$, time)
    time.at(30, () => append(store))
    time.runTo(250)
    expect(state.timed).toEqual([
      [0, []],
      [0, [1]],
      [100, [1, 2]],
    ])
  })
})
