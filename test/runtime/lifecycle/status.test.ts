import { startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, ids, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

describe('status$', () => {
  test('of an empty log: hydrating, catching up, live', () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(0), scheduler: time })
    const status = record(projection.status$)
    expect(status.values).toEqual(['hydrating'])
    time.runTo(0)
    expect(status.values).toEqual(['hydrating', 'catching-up', 'live'])
  })

  test('stays hydrating as long as the load takes, and catching up as long as the history takes', async () => {
    const time = new VirtualTime()
    const store = storeWith(4)
    const projection = startProjection(ids, {
      store: {
        snapshots: { ...store.snapshots, load: () => Later.after(time, 30, () => undefined) },
        events: { ...store.events, read: (options) => Later.after(time, 10, () => store.events.read(options)) },
      },
      scheduler: time,
      pageSize: 2,
    })
    const status = record(projection.status$, time)
    await time.passTo(100)
    expect(status.timed).toEqual([
      [0, 'hydrating'],
      [30, 'catching-up'],
      [50, 'live'],
    ])
  })

  test('stays live for an append of one page, and catches up for a longer one', () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const caughtUp: number[] = []
    const projection = startProjection(ids, {
      store,
      scheduler: time,
      pageSize: 2,
      onCaughtUp: ({ offset }) => caughtUp.push(offset),
    })
    const status = record(projection.status$)
    time.runTo(0)
    append(store, 2)
    expect(status.values).toEqual(['hydrating', 'catching-up', 'live'])
    append(store, 3)
    expect(status.values).toEqual(['hydrating', 'catching-up', 'live', 'catching-up', 'live'])
    expect(caughtUp).toEqual([1, 6])
  })

  test('a failure while live: retrying, then all statuses again', () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    let broken = false
    const projection = startProjection(ids, {
      store: {
        ...store,
        events: {
          ...store.events,
          read: (options) => {
            if (broken) throw new Error('no connection')
            return store.events.read(options)
          },
        },
      },
      scheduler: time,
      retry: { delay: 100, entropy: 0 },
    })
    const status = record(projection.status$, time)
    time.at(10, () => {
      broken = true
      append(store)
    })
    time.at(20, () => {
      broken = false
    })
    time.runTo(200)
    expect(status.timed).toEqual([
      [0, 'hydrating'],
      [0, 'catching-up'],
      [0, 'live'],
      [10, 'retrying'],
      [110, 'hydrating'],
      [110, 'catching-up'],
      [110, 'live'],
    ])
    expect(projection.current?.state).toEqual(upTo(2))
  })

  test('a load that fails: retrying, then hydrating again', () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    let loads = 0
    const load = (...key: Parameters<typeof store.snapshots.load>) => {
      if (++loads < 3) throw new Error('no connection')
      return store.snapshots.load(...key)
    }
    const projection = startProjection(ids, {
      store: { ...store, snapshots: { ...store.snapshots, load } },
      scheduler: time,
      retry: { delay: 10, entropy: 0 },
    })
    const status = record(projection.status$, time)
    time.runTo(20)
    expect(status.timed).toEqual([
      [0, 'hydrating'],
      [0, 'retrying'],
      [10, 'hydrating'],
      [10, 'retrying'],
      [20, 'hydrating'],
      [20, 'catching-up'],
      [20, 'live'],
    ])
  })

  test('a stop: stopped, then it completes; late subscribers receive stopped', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(1), scheduler: time })
    const status = record(projection.status$)
    time.runTo(0)
    await projection.stop()
    expect(status).toMatchObject({ values: ['hydrating', 'catching-up', 'live', 'stopped'], completed: true })
    expect(record(projection.status$)).toMatchObject({ values: ['stopped'], completed: true })
  })

  test('a fault: faulted, then it completes', () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    store.events.append('a', [{ type: 'Other', payload: null }])
    const projection = startProjection(ids, { store, scheduler: time, onError: () => undefined })
    const status = record(projection.status$)
    time.runTo(0)
    expect(status).toMatchObject({ values: ['hydrating', 'catching-up', 'faulted'], completed: true, error: undefined })
  })

  test('retrying ends when no retries are left', () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    const read = () => {
      throw new Error('no connection')
    }
    const projection = startProjection(ids, {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      retry: { delay: 10, entropy: 0, count: 1 },
      onError: () => undefined,
    })
    const status = record(projection.status$, time)
    time.runTo(100)
    expect(status.timed).toEqual([
      [0, 'hydrating'],
      [0, 'catching-up'],
      [0, 'retrying'],
      [10, 'hydrating'],
      [10, 'catching-up'],
      [10, 'faulted'],
    ])
    expect(time.timers).toBe(0)
  })
})
