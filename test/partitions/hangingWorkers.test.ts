import { type LogPage, memory, type OpenStore, startPartitioned } from 'rx-projection'
import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { append, ids } from '../runtime/support/notes.ts'
import { record, watch } from '../runtime/support/record.ts'
import { collectUnhandled } from '../runtime/support/unhandled.ts'
import { promises, VirtualTime } from '../runtime/support/VirtualTime.ts'

collectUnhandled()

const never = (): Promise<never> => new Promise(() => undefined)
const ttl = 900

function storeOn(time: VirtualTime) {
  const store = memory({ now: () => new Date(time.frame).toISOString() })
  append(store, 3)
  return store
}

describe('a worker whose store does not answer', () => {
  test('reports a heartbeat after ttl ms, and tries again', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    let loads = 0
    const load: OpenStore['positions']['load'] = (name) => (++loads === 1 ? never() : store.positions.load(name))
    const errors: unknown[] = []
    const worker = startPartitioned(ids, {
      store: { ...store, positions: { ...store.positions, load } },
      partitions: 2,
      ttl,
      scheduler: time,
      onError: (error) => errors.push(error),
    })
    const partitions = record(worker.partitions$)
    await time.passTo(899)
    expect([errors, partitions.values]).toEqual([[], []])
    await time.passTo(900)
    expect(errors).toMatchObject([
      { name: 'TimeoutError', operation: 'a heartbeat of a worker of "ids"', timeout: ttl },
    ])
    await time.passTo(1_300)
    expect(partitions.values.at(-1)).toEqual([0, 1])
    await worker.stop()
    expect(time.timers).toBe(0)
  })

  test('leaves no timer of a heartbeat when it was stopped in the middle of one', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const worker = startPartitioned(ids, {
      store: { ...store, positions: { ...store.positions, load: never } },
      partitions: 2,
      ttl,
      scheduler: time,
      onError: () => undefined,
    })
    await time.passTo(10)
    const stopped = watch(worker.stop({ timeout: 50 }))
    await time.passTo(60)
    expect([stopped.state, time.timers]).toEqual(['rejected', 0])
  })

  test('waits for the head of the log no longer than it was told', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    let hangs = false
    const read: OpenStore['events']['read'] = (options) => (hangs ? never() : store.events.read(options))
    const worker = startPartitioned(ids, {
      store: { ...store, events: { ...store.events, read } },
      partitions: 2,
      ttl,
      scheduler: time,
      onError: () => undefined,
    })
    await time.passTo(100)
    hangs = true
    const control = new AbortController()
    const waits = [
      watch(worker.state({ timeout: 300 })),
      watch(worker.whenCaughtUp({ timeout: 300 })),
      watch(worker.whenCaughtUp({ signal: control.signal })),
    ]
    await time.passTo(399)
    expect(waits.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending'])
    control.abort(new Error('enough'))
    await time.passTo(400)
    expect(waits.map(({ error }) => (error as Error).name)).toEqual(['TimeoutError', 'TimeoutError', 'Error'])
    const last = watch(worker.whenCaughtUp())
    await promises()
    await worker.stop()
    await promises()
    expect(last.error).toMatchObject({ name: 'ProjectionStoppedError' })
  })

  test('hands on that the head cannot be read', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    let fails = false
    const read: OpenStore['events']['read'] = (options) =>
      fails ? Promise.reject<LogPage>(new Error('away')) : store.events.read(options)
    const worker = startPartitioned(ids, {
      store: { ...store, events: { ...store.events, read } },
      partitions: 2,
      ttl,
      scheduler: time,
      onError: () => undefined,
    })
    await time.passTo(100)
    fails = true
    await expect(worker.whenCaughtUp()).rejects.toThrow('away')
    fails = false
    await worker.stop()
  })
})

test('a worker sends one more heartbeat when hints end, as they do when a store is closed', async () => {
  const time = new VirtualTime()
  const store = storeOn(time)
  const hints$ = new Subject<void>()
  let isClosed = false
  const renew: typeof store.leases.renew = (...args) => {
    if (isClosed) throw Object.assign(new Error('closed'), { retryable: false })
    return store.leases.renew(...args)
  }
  const worker = startPartitioned(ids, {
    store: { ...store, leases: { ...store.leases, hints$, renew } },
    partitions: 2,
    ttl,
    scheduler: time,
    onError: () => undefined,
  })
  const partitions = record(worker.partitions$)
  await time.passTo(100)
  isClosed = true
  hints$.complete()
  await promises()
  expect(String(partitions.error)).toBe('Error: closed')
})
