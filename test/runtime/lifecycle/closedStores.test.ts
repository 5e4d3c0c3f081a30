import {
  defineProjection,
  defineProjector,
  memory,
  type OpenStore,
  type Snapshot,
  startPartitioned,
  startProjection,
  startProjector,
} from 'rx-projection'
import { sqlite } from 'rx-projection/sqlite'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { append, ids, storeWith } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

collectUnhandled()

/** With how long it takes at the most until a run that stands by asks for its lease again, in ms. */
const stores = [
  ['memory:', () => memory(), 0],
  [':memory:', () => sqlite(':memory:'), 10_000 / 3],
] as const
const closed = (name: string) => ({ name: 'StoreError', store: name, retryable: false })
const onError = (): void => undefined

describe.each(stores)('the store %s, closed while runs use it,', (name, open, asksWithin) => {
  test('faults a projection and a projector immediately, and all waits with the same reason', async () => {
    const time = new VirtualTime()
    const store = open()
    await append(store, 2)
    const projection = startProjection(ids, { store, scheduler: time, onError })
    const projector = startProjector(defineProjector({ name: 'p', process: () => undefined }), {
      store: store as OpenStore,
      scheduler: time,
      onError,
    })
    const ends = [record(projection.state$), record(projector.position$)]
    const statuses = [record(projection.status$), record(projector.status$)]
    time.runTo(0)
    const wait = watch(projection.whenProcessed(3))
    await store[Symbol.asyncDispose]()
    await promises()
    expect(ends.map(({ error }) => error)).toMatchObject([closed(name), closed(name)])
    expect(statuses.map(({ values }) => values.at(-1))).toEqual(['faulted', 'faulted'])
    expect(wait.error).toMatchObject(closed(name))
    expect(time.timers).toBe(0)
  })

  test('faults a run that stands by for its lease, and the one that holds it', async () => {
    const time = new VirtualTime()
    const store = open()
    const runs = [1, 2].map(() => startProjection(ids, { store, exclusive: true, scheduler: time, onError }))
    const states = runs.map((run) => record(run.state$))
    time.runTo(0)
    expect(runs.map((run) => record(run.status$).values)).toEqual([['live'], ['hydrating']])
    await store[Symbol.asyncDispose]()
    await time.passTo(asksWithin)
    expect(states.map(({ error }) => error)).toMatchObject([closed(name), closed(name)])
  })

  test('faults a worker with partitions', async () => {
    const time = new VirtualTime()
    const store = open()
    const worker = startPartitioned(ids, { store, partitions: 4, scheduler: time, onError })
    const partitions = record(worker.partitions$)
    await time.passTo(100)
    expect(partitions.values.at(-1)).toEqual([0, 1, 2, 3])
    await store[Symbol.asyncDispose]()
    await time.passTo(200)
    expect(partitions.error).toMatchObject(closed(name))
  })

  test('lets a run that is stopping stop', async () => {
    const time = new VirtualTime()
    const store = open()
    await append(store, 1)
    let end = (): void => undefined
    const slow = defineProjection<number, { type: 'Noted'; payload: unknown }>({
      name: 'slow',
      initialState: () => 0,
      on: {
        Noted: (n) =>
          new Promise<number>((done) => {
            end = () => done(n + 1)
          }),
      },
    })
    const projection = startProjection(slow, { store, scheduler: time, onError })
    const state = record(projection.state$)
    time.runTo(0)
    const stopped = watch(projection.stop())
    await store[Symbol.asyncDispose]()
    end()
    await promises()
    await promises()
    expect([stopped.state, state.completed, state.error]).toEqual(['resolved', true, undefined])
    expect(record(projection.status$).values).toEqual(['stopped'])
  })

  test('is closed last by `await using`: the run stops with its last snapshot', async () => {
    const saved: number[] = []
    const faults: unknown[] = []
    {
      await using store = open()
      const snapshots = {
        ...store.snapshots,
        save: (...[of, version, snapshot]: [string, number, Snapshot<unknown>]) => {
          saved.push(snapshot.offset)
          return store.snapshots.save(of, version, snapshot)
        },
      }
      await using projection = startProjection(ids, {
        store: { ...store, snapshots },
        onError: (error) => faults.push(error),
      })
      await append(store, 3)
      await projection.whenCaughtUp()
    }
    expect([saved, faults]).toEqual([[3], []])
  })

  test('no longer answers, in any of its facets', async () => {
    const store = open()
    await store.events.append('a', [{ type: 'Noted', payload: 1 }])
    const lease = (await store.leases.acquire('l', { owner: 'me', ttl: 1_000 }))!
    await store[Symbol.asyncDispose]()
    const calls: (() => unknown)[] = [
      () => store.events.read({ after: 0, limit: 1 }),
      () => store.events.append('a', [{ type: 'Noted', payload: 1 }]),
      () => store.snapshots.load('n', 1),
      () => store.snapshots.save('n', 1, { offset: 1, state: 1 }),
      () => store.snapshots.delete('n', 1),
      () => store.positions.load('n'),
      () => store.positions.loadMark?.('n'),
      () => store.positions.save('n', 1),
      () => store.leases.acquire('m', { owner: 'me', ttl: 1_000 }),
      () => store.leases.renew(lease, { ttl: 1_000 }),
      () => store.leases.release(lease),
    ]
    for (const call of calls) {
      const answer = watch((async () => call())())
      await promises()
      expect(answer.error, String(call)).toMatchObject(closed(name))
    }
  })
})

describe('a store whose hints end', () => {
  test('is read once more by the run, which receives the reason', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const hints$ = new Subject<void>()
    let isClosed = false
    const read: typeof store.events.read = (options) => {
      if (isClosed) throw Object.assign(new Error('closed'), { retryable: false })
      return store.events.read(options)
    }
    const projection = startProjection(ids, {
      store: { ...store, events: { ...store.events, hints$, read } },
      scheduler: time,
      onError,
    })
    const state = record(projection.state$)
    time.runTo(0)
    isClosed = true
    hints$.complete()
    expect(String(state.error)).toBe('Error: closed')
  })

  test('is polled as before if it is not closed', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const hints$ = new Subject<void>()
    const projection = startProjection(ids, {
      store: { ...store, events: { ...store.events, hints$ } },
      scheduler: time,
      catchUpAfter: 100,
    })
    time.runTo(0)
    hints$.complete()
    append(store)
    time.runTo(99)
    expect(projection.current?.offset).toBe(2)
    time.runTo(100)
    expect(projection.current?.offset).toBe(3)
  })
})
