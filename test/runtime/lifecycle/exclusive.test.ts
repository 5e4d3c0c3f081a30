import {
  defineProjector,
  LeaseLostError,
  type LeaseStore,
  memory,
  type OpenStore,
  startProjection,
  startProjector,
} from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { fakeTransactions, type Ledger } from '../support/fakeTransactions.ts'
import { append, ids, type Noted, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

type Stored = OpenStore & { readonly leases: LeaseStore }

/** A store on the clock of a test. */
function storeOn(time: VirtualTime): Stored {
  return memory({ now: () => new Date(time.frame).toISOString() })
}

/** The same store for a worker that never learns that it lost a lease, as if it slept while that happened. */
function unaware(store: Stored): Stored {
  return { ...store, leases: { acquire: store.leases.acquire, renew: () => undefined, release: () => undefined } }
}

const exclusive = { ttl: 900, renewEvery: 300, acquireEvery: 300 }
const retry = { delay: 100, entropy: 0 }

/** A projector that writes down who handled what, and when. */
function handling(worker: string, handled: [string, number][]) {
  return defineProjector<Noted>({ name: 'mails', process: ({ id }) => handled.push([worker, id]) })
}

describe('of exclusive runs', () => {
  test('one runs and the others stand by, hydrating', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    append(store, 3)
    const first = startProjection(ids, { store, exclusive, scheduler: time })
    const second = startProjection(ids, { store, exclusive, scheduler: time })
    const statuses = [record(first.status$), record(second.status$)]
    time.runTo(10_000)
    expect(statuses.map(({ values }) => values)).toEqual([['hydrating', 'catching-up', 'live'], ['hydrating']])
    expect(first.current).toEqual({ offset: 3, state: upTo(3) })
    expect(second.current).toBeUndefined()
  })

  test('another takes over at the moment when one stops, with the last snapshot', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const first = startProjection(ids, { store, exclusive, scheduler: time, snapshotEvery: 1_000 })
    const second = startProjection(ids, { store, exclusive, scheduler: time })
    const inits = record(second.telemetry$)
    time.at(10, () => append(store, 5))
    time.runTo(150)
    const stopped = first.stop()
    time.runTo(150)
    expect(second.current).toEqual({ offset: 5, state: upTo(5) })
    expect(inits.values).toContainEqual({ projection: 'ids', type: 'init', offset: 5, duration: 0 })
    await stopped
  })

  test('one that stops saves while it holds its lease, even if nothing else is saved', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    append(store, 5)
    const options = { store, exclusive, scheduler: time, snapshotEvery: Infinity, snapshotAfter: Infinity }
    const first = startProjection(ids, options)
    const second = startProjection(ids, options)
    const inits = record(second.telemetry$)
    time.runTo(150)
    await first.stop()
    expect(inits.values).toContainEqual({ projection: 'ids', type: 'init', offset: 5, duration: 0 })
  })

  test('another takes over from a dead one when its lease expires', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    store.leases.acquire('ids', { owner: 'dead', ttl: 900 })
    const projection = startProjection(ids, { store, exclusive, scheduler: time })
    const statuses = record(projection.status$, time)
    time.runTo(899)
    expect(statuses.timed).toEqual([[0, 'hydrating']])
    time.runTo(1_000)
    expect(statuses.timed).toEqual([
      [0, 'hydrating'],
      [900, 'catching-up'],
      [900, 'live'],
    ])
  })

  test('one that finds its lease lost retries, then stands by, hydrating', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    let asleep = false
    const renew: LeaseStore['renew'] = (...asked) => (asleep ? undefined : store.leases.renew(...asked))
    const sleepy = { ...store, leases: { ...store.leases, renew } }
    const first = startProjection(ids, { store: sleepy, exclusive, scheduler: time, retry, onError })
    const second = startProjection(ids, { store, exclusive, scheduler: time })
    const statuses = record(first.status$, time)
    time.at(350, () => {
      asleep = true
    })
    // Its last renewal was at 300.
    time.runTo(1_250)
    expect(record(second.status$).values).toEqual(['live'])
    asleep = false
    time.runTo(5_000)
    expect(statuses.timed).toEqual([
      [0, 'hydrating'],
      [0, 'catching-up'],
      [0, 'live'],
      [1_500, 'retrying'],
      [1_600, 'hydrating'],
    ])
    expect(errors).toEqual([expect.any(LeaseLostError)])
  })

  test('one that slept cannot save a snapshot: its run ends immediately, and it stands by', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const errors: unknown[] = []
    const onError = (error: unknown, info: object) => errors.push([error, info])
    const zombie = startProjection(ids, {
      store: unaware(store),
      exclusive,
      scheduler: time,
      retry,
      onError,
      snapshotEvery: 2,
    })
    const statuses = record(zombie.status$, time)
    const durable = record(zombie.snapshot$)
    time.runTo(0)
    const successor = startProjection(ids, { store, exclusive, scheduler: time, snapshotEvery: Infinity })
    time.runTo(1_000)
    expect(successor.current).toEqual({ offset: 0, state: [] })
    await append(store, 2)
    expect(store.snapshots.load('ids', 1)).toBeUndefined()
    time.runTo(5_000)
    expect(durable.values).toEqual([])
    expect(errors).toEqual([
      [new LeaseLostError({ lease: '@projection/1/run/ids', epoch: 1 }), { attempt: 1, event: undefined }],
    ])
    expect(statuses.timed.slice(3)).toEqual([
      [1_000, 'retrying'],
      [1_100, 'hydrating'],
    ])
  })

  test('one that slept cannot save a snapshot when it stops, and reports this once', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    const zombie = startProjection(ids, { store: unaware(store), exclusive, scheduler: time, onError })
    await append(store, 2)
    time.runTo(0)
    const successor = startProjection(ids, { store, exclusive, scheduler: time })
    time.runTo(1_000)
    expect(successor.current).toEqual({ offset: 2, state: upTo(2) })
    await zombie.stop()
    expect(store.snapshots.load('ids', 1)).toBeUndefined()
    expect(errors).toEqual([new LeaseLostError({ lease: '@projection/1/run/ids', epoch: 1 })])
    await successor.stop()
    expect(store.snapshots.load('ids', 1)).toEqual({ offset: 2, state: upTo(2) })
  })

  test('one that slept cannot move a position', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const handled: [string, number][] = []
    const errors: unknown[] = []
    const onError = (error: unknown) => errors.push(error)
    const zombie = startProjector(handling('zombie', handled), {
      store: unaware(store),
      exclusive,
      scheduler: time,
      retry,
      onError,
    })
    await append(store, 1)
    time.runTo(0)
    // The successor hears of news later than the zombie, and finds its event by polling.
    const later = { ...store, events: { read: store.events.read } }
    const successor = startProjector(handling('successor', handled), {
      store: later,
      exclusive,
      scheduler: time,
      catchUpAfter: 2_000,
    })
    time.runTo(1_000)
    await append(store, 1)
    expect(store.positions.load('mails')).toBe(1)
    expect(errors).toEqual([new LeaseLostError({ lease: '@projector/1/run/mails', epoch: 1 })])
    time.runTo(5_000)
    expect([zombie.position, successor.position, store.positions.load('mails')]).toEqual([1, 2, 2])
    expect(handled).toEqual([
      ['zombie', 1],
      ['zombie', 2],
      ['successor', 2],
    ])
  })

  test('events in progress when a lease is lost do not count under the next one', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const { transactions, entries } = fakeTransactions(store.positions)
    await append(store, 1)
    const errors: unknown[] = []
    const inHand: (() => void)[] = []
    const write = defineProjector<Noted, Ledger>({
      name: 'mails',
      process: async ({ id }, ledger) => {
        await new Promise<void>((resolve) => inHand.push(resolve))
        ledger.write([id, inHand.length])
      },
    })
    const worker = startProjector(write, {
      store: { ...store, transactions },
      exclusive,
      scheduler: time,
      retry,
      onError: (error) => errors.push(error),
    })
    await time.passTo(350)
    store.leases.release({ name: 'mails', epoch: 1, owner: 'worker' })
    store.leases.acquire('mails', { owner: 'other', ttl: 1 })
    // The renewal at 600 finds the lease lost; at 700 the worker has the next one, and waits for what is in hand.
    await time.passTo(800)
    expect(store.leases.acquire('mails', { owner: 'other', ttl: 1 })).toBeUndefined()
    inHand[0]!()
    await time.passTo(900)
    expect([entries, inHand.length]).toEqual([[], 2])
    inHand[1]!()
    await time.passTo(1_000)
    expect([entries, worker.position]).toEqual([[[1, 2]], 1])
    expect(errors).toEqual([new LeaseLostError({ lease: 'mails', epoch: 1 })])
  })

  test('one that stands by can be stopped', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const first = startProjection(ids, { store, exclusive, scheduler: time })
    const second = startProjection(ids, { store, exclusive, scheduler: time })
    const statuses = record(second.status$)
    time.runTo(10)
    await second.stop()
    expect(statuses).toMatchObject({ values: ['hydrating', 'stopped'], completed: true })
    await first.stop()
    expect(time.timers).toBe(0)
    // Nobody holds the lease any more.
    expect(store.leases.acquire('ids', { owner: 'next', ttl: 1 })).toMatchObject({ epoch: 2 })
  })

  test('runs of other instances and definitions do not wait for each other', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const options = { store, exclusive, scheduler: time }
    const first = startProjection(ids, { ...options, instance: 'a' })
    const second = startProjection(ids, { ...options, instance: 'b' })
    time.runTo(0)
    expect([first.current?.offset, second.current?.offset]).toEqual([0, 0])
  })
})

describe('exclusive', () => {
  test('needs a store with leases', () => {
    const { leases, ...store } = memory()
    expect(() => startProjection(ids, { store, exclusive: true })).toThrow(TypeError)
    expect(() => startProjection(ids, { store: { ...store, leases }, exclusive: 'yes' as never })).toThrow(TypeError)
  })

  test('reports the holder of the lease, and the standby, in telemetry', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const handles = [1, 2].map(() => startProjection(ids, { store, exclusive, scheduler: time }))
    const told = handles.map(({ telemetry$ }) => record(telemetry$))
    time.runTo(0)
    expect(told.map(({ values }) => values[0])).toEqual([
      { projection: 'ids', type: 'lease.acquired', lease: '@projection/1/run/ids', epoch: 1 },
      { projection: 'ids', type: 'lease.standby', lease: '@projection/1/run/ids' },
    ])
  })
})
