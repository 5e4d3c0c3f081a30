import {
  defineProjector,
  type EventReader,
  isMarkOf,
  type LogEvent,
  LogMismatchError,
  memory,
  type OpenStore,
  partitionOf,
  startPartitioned,
  startProjection,
  startProjector,
} from 'rx-projection'
import { concat, NEVER, of, Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { append, ids, storeWith } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const onError = (): void => undefined
/** Streams in the partition of `a`, of two, and in the other one. */
const names = Array.from({ length: 20 }, (_, n) => `s${n}`)
const beside = names.filter((stream) => partitionOf(stream, 2) === partitionOf('a', 2))
const elsewhere = names.filter((stream) => partitionOf(stream, 2) !== partitionOf('a', 2))

/** A store with another log, and the same snapshots, positions and leases. */
function overAnotherLog<S extends OpenStore>(store: S, stream: string): S {
  const other = memory({ now: () => '2026-02-02T00:00:00Z' })
  append(other, 5, stream)
  return { ...store, events: other.events }
}

describe('an exclusive run on another log than before', () => {
  test('faults, and releases its lease', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const options = { exclusive: true, scheduler: time, onError }
    const first = startProjection(ids, { store, ...options })
    time.runTo(0)
    await first.stop()
    const state = record(startProjection(ids, { store: overAnotherLog(store, 'staging'), ...options }).state$)
    time.runTo(0)
    expect([state.values, state.error]).toEqual([[[1, 2, 3]], expect.any(LogMismatchError)])
    const third = startProjection(ids, { store, ...options })
    time.runTo(0)
    expect(record(third.status$).values).toEqual(['live'])
  })
})

describe('partitions on another log than before', () => {
  // The event of another partition is left out of a page of this one, and must not pass for a hole.
  test.each([
    ['the same partition', beside[0]!],
    ['another partition', elsewhere[1]!],
  ])('fault the worker, if the event at the mark of one is of %s', async (_, stream) => {
    const time = new VirtualTime()
    const now = () => '2026-01-01T00:00:00Z'
    const store = memory({ now })
    append(store, 3, 'a')
    append(store, 1, elsewhere[0])
    const options = { partitions: 2, scheduler: time, onError }
    const first = startPartitioned(ids, { store, ...options })
    await time.passTo(100)
    await first.stop()
    // The last event of the other partition is the same in both logs.
    const other = memory({ now })
    append(other, 3, stream)
    append(other, 1, elsewhere[0])
    const second = startPartitioned(ids, { store: { ...store, events: other.events }, ...options })
    const partitions = record(second.partitions$)
    await time.passTo(20_000)
    expect(partitions.error).toBeInstanceOf(LogMismatchError)
    expect(partitions.error).toMatchObject({ expected: { stream: 'a' }, actual: { stream } })
    const third = startPartitioned(ids, { store, ...options })
    const again = record(third.states$)
    await time.passTo(40_000)
    expect([...again.values.at(-1)!.values()].flat().sort()).toEqual([1, 2, 3, 4])
  })
})

describe('the event at the mark', () => {
  test('may be missing, if the log has proven the hole', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const first = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    await first.stop()
    append(store, 2)
    const read: EventReader['read'] = (options) => {
      const page = store.events.read(options) as Awaited<ReturnType<typeof store.events.read>>
      const kept = (page.events as readonly LogEvent[]).filter(({ id }) => id !== 3)
      const events = kept.map((event) => (event.id === 4 ? { ...event, previous: 2 } : event))
      return { ...page, events: events as unknown as typeof page.events }
    }
    const second = startProjection(ids, { store: { ...store, events: { ...store.events, read } }, scheduler: time })
    time.runTo(0)
    expect(second.current?.state).toEqual([1, 2, 3, 4, 5])
  })

  test('of a run with selected streams is looked up in all streams', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const options = { streams: ['a'], scheduler: time, onError }
    const first = startProjection(ids, { store, ...options })
    time.runTo(0)
    await first.stop()
    const state = record(startProjection(ids, { store: overAnotherLog(store, 'b'), ...options }).state$)
    time.runTo(0)
    expect(state.error).toMatchObject({ name: 'LogMismatchError', actual: { stream: 'b' } })
  })

  test('needs one read at hydration', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const asked: unknown[] = []
    const read: EventReader['read'] = ({ signal: _, ...options }) => {
      asked.push(options)
      return store.events.read(options)
    }
    const counted = { ...store, events: { ...store.events, read } }
    const first = startProjection(ids, { store: counted, scheduler: time })
    time.runTo(0)
    await first.stop()
    expect(asked).toEqual([{ after: 0, limit: 512 }])
    startProjection(ids, { store: counted, scheduler: time })
    time.runTo(0)
    expect(asked.slice(1)).toEqual([
      { after: 2, limit: 1 },
      { after: 3, limit: 512 },
    ])
  })

  test('is kept over a retry that reads again: the mark of the snapshot belongs to its own offset', async () => {
    const time = new VirtualTime()
    const store = storeWith(4)
    let fails = true
    const read: EventReader['read'] = (options) => {
      if (options.after === 2 && fails) {
        fails = false
        throw new Error('away')
      }
      return store.events.read(options)
    }
    const projection = startProjection(ids, {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      pageSize: 2,
      snapshotEvery: 1,
      retry: { delay: 10, entropy: 0 },
      onError,
    })
    time.runTo(1_000)
    await projection.stop()
    const snapshot = (await store.snapshots.load('ids', 1))!
    expect([snapshot.offset, snapshot.mark?.position]).toEqual([4, 4])
    const [event] = (await store.events.read({ after: 3, limit: 1 })).events as readonly LogEvent[]
    expect(isMarkOf(snapshot.mark!, event!)).toBe(true)
  })
})

describe('a push source', () => {
  const event = (id: number): LogEvent => ({ id, stream: 'other', type: 'Noted', payload: { n: id } })

  test('is not asked for the event at a mark, and saves no mark', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const first = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    await first.stop()
    const pushed = new Subject<LogEvent>()
    const second = startProjection(ids, { source: () => pushed, snapshots: store.snapshots, scheduler: time })
    time.runTo(10)
    pushed.next(event(4))
    await second.stop()
    const snapshot = await store.snapshots.load('ids', 1)
    expect(snapshot).toEqual({ offset: 4, state: [1, 2, 3, 4] })
    expect(snapshot?.mark).toBeUndefined()
  })

  test('of a projector behaves in the same way', async () => {
    const time = new VirtualTime()
    const { positions } = memory()
    positions.save('p', 3, { mark: { position: 3, stream: 'a' } })
    const handled: number[] = []
    const projector = startProjector(defineProjector({ name: 'p', process: ({ id }) => handled.push(id) }), {
      source: () => concat(of(event(4)), NEVER),
      positions,
      scheduler: time,
      onError,
    })
    time.runTo(0)
    await projector.stop()
    expect(handled).toEqual([4])
    expect([positions.load('p'), positions.loadMark?.('p')]).toEqual([4, undefined])
  })
})

describe('a projector whose handlers commit in pages', () => {
  test('saves the mark of the last handled event, also of a page that failed in its middle', async () => {
    const time = new VirtualTime()
    const store = storeWith(4)
    const projector = defineProjector({
      name: 'p',
      transaction: 'page',
      process: ({ id }) => {
        if (id === 3) throw new Error('poison')
      },
    })
    startProjector(projector, { store, scheduler: time, onError })
    time.runTo(0)
    expect([store.positions.load('p'), store.positions.loadMark?.('p')]).toMatchObject([
      2,
      { position: 2, stream: 'a' },
    ])
  })
})
