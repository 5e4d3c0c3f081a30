import type { LeaseStore } from 'rx-projection'
import { expect, test } from 'vitest'
import { record } from '../runtime/support/record.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import { fill, startWorker, storeOn, ttl } from './support/workers.ts'

/** A worker whose leases answer only when the test says so, or fail. */
function startWith(acquire: (leases: LeaseStore) => LeaseStore['acquire']) {
  const time = new VirtualTime()
  const store = storeOn(time)
  fill(store, 10)
  const worker = startWorker(time, { ...store, leases: { ...store.leases, acquire: acquire(store.leases) } })
  return { time, store, worker, statuses: record(worker.handle.status$, time) }
}

test('a worker that gets no lease tells why, is retrying, and tries again', async () => {
  let busy = true
  const { time, worker, statuses } = startWith(({ acquire }) => async (...asked) => {
    if (busy) throw new Error('all connections are busy')
    return acquire(...asked)
  })
  await time.passTo(ttl)
  expect(worker.errors).toEqual(Array.from({ length: 4 }, () => new Error('all connections are busy')))
  expect(statuses.values).toEqual(['hydrating', 'retrying'])
  busy = false
  await time.passTo(2 * ttl)
  expect(worker.partitions().length).toBe(16)
  expect(statuses.values.at(-1)).toBe('live')
  await worker.handle.stop()
})

test('a worker leaves the partitions alone that release 0.1.0 holds, and takes each when it is free', async () => {
  const time = new VirtualTime()
  const store = storeOn(time)
  const old = { owner: 'release 0.1.0', ttl: 100_000 }
  const held = [0, 1, 2].map((partition) => store.leases.acquire(`seen@${partition}/16`, old) as never)
  const worker = startWorker(time, store)
  await time.passTo(10)
  expect(worker.partitions()).toEqual(Array.from({ length: 13 }, (_, index) => index + 3))
  expect(store.leases.acquire('seen@3/16', old)).toBeUndefined()
  store.leases.release(held[1]!)
  await time.passTo(11)
  expect(worker.partitions()).toContain(1)
  expect(worker.errors).toEqual([])
  await worker.handle.stop()
  expect(store.leases.acquire('seen@3/16', old)).toMatchObject({ epoch: 2 })
})
