import { defineProjector, LogMismatchError, markOf, memory, startProjection, startProjector } from 'rx-projection'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { append, ids, storeWith } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

/** Another log of as many events, or more, of another stream. */
function otherLog(count: number) {
  const store = memory({ now: () => '2026-02-02T00:00:00Z' })
  append(store, count, 'staging')
  return store
}

async function projected(time: VirtualTime, store = storeWith(3)) {
  const projection = startProjection(ids, { store, scheduler: time })
  time.runTo(time.frame)
  await projection.stop()
  return store
}

describe('a projection on another log than before', () => {
  test('faults: no event of the other log is folded, and the snapshot stays', async () => {
    const time = new VirtualTime()
    const store = await projected(time)
    const errors: unknown[] = []
    const projection = startProjection(ids, {
      store: { ...store, events: otherLog(5).events },
      scheduler: time,
      onError: (error) => errors.push(error),
    })
    const states = record(projection.state$)
    time.runTo(100_000)
    expect(states.values).toEqual([[1, 2, 3]])
    expect(states.error).toBeInstanceOf(LogMismatchError)
    expect(states.error).toMatchObject({
      expected: { position: 3, stream: 'a', revision: 3 },
      actual: { position: 3, stream: 'staging', revision: 3 },
    })
    expect(errors).toHaveLength(1)
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 3, state: [1, 2, 3] })
  })

  test('also faults while it runs, when the store has reconnected', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const other = otherLog(5)
    let current = store
    const reconnects$ = new Subject<void>()
    const events = {
      ...store.events,
      reconnects$,
      read: (options: Parameters<typeof store.events.read>[0]) => current.events.read(options),
    }
    const projection = startProjection(ids, { store: { ...store, events }, scheduler: time, onError: () => undefined })
    const states = record(projection.state$)
    time.runTo(0)
    current = other
    reconnects$.next()
    expect([states.values, states.error]).toMatchObject([[[], [1, 2, 3]], { name: 'LogMismatchError' }])
  })
})

describe('a projection on the same log', () => {
  test('continues after a restart', async () => {
    const time = new VirtualTime()
    const store = await projected(time)
    append(store)
    const projection = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    expect(projection.current).toStrictEqual({ offset: 4, state: [1, 2, 3, 4] })
  })

  test('continues from a snapshot without a mark, such as an older one, whatever the log', () => {
    const time = new VirtualTime()
    const store = storeWith(4)
    store.snapshots.save('ids', 1, { offset: 3, state: [7, 8, 9] })
    const projection = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    expect(projection.current?.state).toEqual([7, 8, 9, 4])
  })

  test('shows no mark: current, snapshot$, takeSnapshot() and onInit have an offset and a state', async () => {
    const time = new VirtualTime()
    const store = await projected(time)
    append(store)
    const seen: unknown[] = []
    const onInit = (snapshot: unknown) => seen.push(snapshot)
    const projection = startProjection(ids, { store, scheduler: time, onInit })
    projection.snapshot$.subscribe((snapshot) => seen.push(snapshot))
    time.runTo(0)
    seen.push(projection.current, await projection.takeSnapshot())
    expect(seen).toHaveLength(4)
    for (const snapshot of seen) expect(Reflect.ownKeys(snapshot as object)).toEqual(['offset', 'state'])
    expect((await store.snapshots.load('ids', 1))?.mark).toMatchObject({ position: 4, stream: 'a' })
  })

  test('saves the mark also if its last events were ignored', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    store.events.append('b', [{ type: 'Other', payload: 1 }])
    const projection = startProjection(ids, { store, scheduler: time, strictOnline: false })
    time.runTo(0)
    await projection.stop()
    expect((await store.snapshots.load('ids', 1))?.mark).toMatchObject({ position: 2, stream: 'b' })
  })
})

describe('a projector', () => {
  const projector = (handled: number[]) => defineProjector({ name: 'p', process: ({ id }) => handled.push(id) })

  test('on another log faults, and handles nothing', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const handled: number[] = []
    const first = startProjector(projector(handled), { store, scheduler: time })
    time.runTo(0)
    await first.stop()
    const second = startProjector(projector(handled), {
      store: { ...store, events: otherLog(5).events },
      scheduler: time,
      onError: () => undefined,
    })
    const positions = record(second.position$)
    time.runTo(0)
    expect(positions.error).toBeInstanceOf(LogMismatchError)
    expect(handled).toEqual([1, 2, 3])
  })

  test('ignores a mark above its position, which was moved back', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const loadMark = () => markOf({ id: 3, stream: 'other', type: 'x', payload: 1 })
    store.positions.save('p', 2)
    const handled: number[] = []
    startProjector(projector(handled), {
      store: { ...store, positions: { ...store.positions, loadMark } },
      scheduler: time,
    })
    time.runTo(0)
    expect(handled).toEqual([3])
  })
})
