import {
  defineProjector,
  type Lease,
  LeaseLostError,
  memory,
  type OpenStore,
  PartitionsMismatchError,
  partitionOf,
  startPartitioned,
} from 'rx-projection'
import { NEVER } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { record, watch } from '../runtime/support/record.ts'
import { collectUnhandled } from '../runtime/support/unhandled.ts'
import { VirtualTime } from '../runtime/support/VirtualTime.ts'
import type { Added } from './support/seen.ts'
import { expected, fill, startWorker, storeOn, together, ttl } from './support/workers.ts'

collectUnhandled()

describe('the workers of a partitioned projection', () => {
  test.each([
    [1, [16]],
    [2, [8, 8]],
    [3, [6, 6, 4]],
    [4, [4, 4, 4, 4]],
  ])('%i: run all partitions, give the states of one projection, and have a fair share each', async (count, shares) => {
    const time = new VirtualTime()
    const store = storeOn(time)
    fill(store, 300)
    const workers = Array.from({ length: count }, () => startWorker(time, store))
    await time.passTo(3_000)
    fill(store, 100, 300)
    await time.passTo(4_000)
    expect(workers.map((worker) => worker.partitions().length).sort()).toEqual([...shares].sort())
    expect(workers.flatMap((worker) => worker.partitions()).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, index) => index),
    )
    expect(together(workers)).toEqual(expected(store))
    for (const { errors } of workers) expect(errors).toEqual([])
  })

  test('keep each stream in the partition of its hash', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    fill(store, 100)
    const worker = startWorker(time, store)
    await time.passTo(100)
    for (const [partition, state] of worker.states()) {
      for (const stream of Object.keys(state)) expect(partitionOf(stream, 16)).toBe(partition)
    }
  })

  test('take over at once from one that leaves, with its last snapshots', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    fill(store, 203)
    const workers = [startWorker(time, store), startWorker(time, store)] as const
    await time.passTo(3_050)
    expect(workers.map((worker) => worker.partitions().length)).toEqual([8, 8])
    const left = watch(workers[0].handle.stop())
    await time.passTo(3_051)
    expect(left.state).toBe('resolved')
    expect(workers[1].partitions().length).toBe(16)
    expect(together([workers[1]])).toEqual(expected(store))
  })

  test('take over from one that dies when its time is over', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    fill(store, 100)
    const workers = [startWorker(time, store), startWorker(time, store)] as const
    await time.passTo(3_000)
    workers[0].die()
    fill(store, 50, 100)
    await time.passTo(3_500)
    expect(workers[1].partitions().length).toBe(8)
    await time.passTo(3_000 + ttl + ttl / 3 + 1)
    expect(workers[1].partitions().length).toBe(16)
    expect(together([workers[1]])).toEqual(expected(store))
  })

  test('are as many as partitions at the most; another one stands by', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const workers = [1, 2, 3].map(() => startWorker(time, store, { partitions: 2 }))
    await time.passTo(3_000)
    expect(workers.map((worker) => worker.partitions().length)).toEqual([1, 1, 0])
    expect(record(workers[2]!.handle.status$).values).toEqual(['hydrating'])
    workers[0]!.handle.stop()
    await time.passTo(6_000)
    expect(workers.slice(1).map((worker) => worker.partitions().length)).toEqual([1, 1])
  })

  // Joins, leaves, deaths and appends at random; the seed is in the test's name.
  test.each(Array.from({ length: 40 }, (_, index) => index + 1))(
    'lose nothing, double nothing: seed %i',
    async (seed) => {
      const time = new VirtualTime()
      const store = storeOn(time)
      let random = seed
      const below = (limit: number): number => {
        random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0
        return Math.floor((random / 2 ** 32) * limit)
      }
      let workers = [startWorker(time, store)]
      let filled = 0
      let now = 0
      for (let step = 0; step < 25; step++) {
        const what = below(6)
        if (what === 0 && workers.length < 5) workers.push(startWorker(time, store))
        else if (what === 1 && workers.length > 1) {
          const [leaver] = workers.splice(below(workers.length), 1)
          void leaver!.handle.stop()
        } else if (what === 2 && workers.length > 1) {
          const [victim] = workers.splice(below(workers.length), 1)
          victim!.die()
        } else {
          const count = 1 + below(30)
          fill(store, count, filled)
          filled += count
        }
        now += below(400)
        await time.passTo(now)
      }
      await time.passTo(now + 10_000)
      workers = workers.filter((worker) => worker.partitions().length > 0)
      expect(workers.flatMap((worker) => worker.partitions()).length).toBe(16)
      expect(together(workers)).toEqual(expected(store))
      const share = Math.ceil(16 / workers.length)
      expect(Math.max(...workers.map((worker) => worker.partitions().length))).toBeLessThanOrEqual(share)
      for (const { errors } of workers) {
        expect(errors.filter((error) => !(error instanceof LeaseLostError))).toEqual([])
      }
    },
  )

  test('read the log once, its history and what comes, not once for each partition', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    fill(store, 1_000)
    let reads = 0
    const read: OpenStore['events']['read'] = (options) => {
      reads++
      return store.events.read(options)
    }
    const worker = startWorker(time, { ...store, events: { ...store.events, read } }, { pageSize: 100 })
    await time.passTo(100)
    expect(together([worker])).toEqual(expected(store))
    // 10 pages, and the first look of each partition at the head.
    expect(reads).toBeLessThan(28)
    reads = 0
    for (let n = 0; n < 20; n++) fill(store, 1, n)
    await time.passTo(200)
    expect(together([worker])).toEqual(expected(store))
    expect(reads).toBe(20)
  })

  test('with a number of partitions that is not the stored one are refused', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    startWorker(time, store)
    await time.passTo(10)
    const other = startWorker(time, store, { partitions: 8 })
    const partitions = record(other.handle.partitions$)
    const statuses = record(other.handle.status$)
    const wait = watch(other.handle.whenCaughtUp())
    await time.passTo(20)
    const error = new PartitionsMismatchError({ projection: 'seen', partitions: 8, stored: 16 })
    expect([partitions.error, wait.error, error.retryable]).toEqual([error, error, false])
    expect(statuses).toMatchObject({ values: ['hydrating', 'faulted'], completed: true })
    await other.handle.stop()
  })

  test('fault with a partition that faults, and give the others back', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    fill(store, 50)
    const worker = startWorker(time, store)
    await time.passTo(10)
    const ends = [record(worker.handle.states$), record(worker.handle.status$)] as const
    await store.events.append('stream-1', [{ type: 'Unheard', payload: 1 }])
    await time.passTo(20)
    expect(ends[0].error).toMatchObject({ name: 'UnknownEventError' })
    expect(ends[1].values.at(-1)).toBe('faulted')
    await worker.handle.stop()
    expect(store.leases.acquire('seen@0/16', { owner: 'next', ttl })).toMatchObject({ epoch: 2 })
    expect(time.timers).toBe(0)
  })

  test('let go of a partition that another one holds when a failure is over, and take it when it is free', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    let failures = 1
    const snapshots: OpenStore['snapshots'] = {
      ...store.snapshots,
      load: (...asked) => {
        if (asked[0] === 'seen@3/16' && failures-- > 0) throw new Error('out of reach')
        return store.snapshots.load(...asked)
      },
    }
    const worker = startWorker(time, { ...store, snapshots }, { retry: { delay: 100, entropy: 0 } })
    await time.passTo(50)
    expect(record(worker.handle.status$).values).toEqual(['retrying'])
    const stolen = store.leases.acquire('seen@3/16', { owner: 'thief', ttl: 100_000 }) as Lease
    await time.passTo(150)
    expect(worker.partitions()).not.toContain(3)
    expect(worker.partitions().length).toBe(15)
    store.leases.release(stolen)
    await time.passTo(151)
    expect(worker.partitions().length).toBe(16)
    expect(record(worker.handle.status$).values).toEqual(['live'])
  })

  test('give back, when they stop, also what had not begun', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const worker = startWorker(time, store, { dependsOn: [{ name: 'other', status$: NEVER }] })
    await time.passTo(10)
    expect(worker.partitions().length).toBe(16)
    await worker.handle.stop()
    expect(store.leases.acquire('seen@0/16', { owner: 'next', ttl })).toMatchObject({ epoch: 2 })
  })

  test('stop within the time that they are given, also when the store does not answer any more', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    let answers = true
    const save: OpenStore['positions']['save'] = (...asked) =>
      answers ? store.positions.save(...asked) : new Promise<void>(() => undefined)
    const worker = startWorker(time, { ...store, positions: { ...store.positions, save } })
    await time.passTo(50)
    answers = false
    const stopped = watch(worker.handle.stop({ timeout: 100 }))
    await time.passTo(149)
    expect(stopped.state).toBe('pending')
    await time.passTo(151)
    expect(stopped.error).toMatchObject({ name: 'TimeoutError' })
    expect(record(worker.handle.status$)).toMatchObject({ completed: true })
  })

  test('answer with everything that was appended before the question', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const worker = startWorker(time, { ...store, events: { ...store.events, hints$: memory().events.hints$ } })
    fill(store, 100)
    const first = watch(worker.handle.state())
    await time.passTo(0)
    expect(first.value).toEqual(worker.states())
    expect(together([worker])).toEqual(expected(store))
    fill(store, 30, 100)
    const second = watch(worker.handle.whenCaughtUp())
    await time.passTo(1)
    expect(second.state).toBe('resolved')
    expect(together([worker])).toEqual(expected(store))
    await worker.handle.stop()
    await expect(worker.handle.state()).rejects.toThrow('stopped')
  })
})

describe('the workers of a partitioned projector', () => {
  test('handle each event once, in the order of its stream, also when one joins and one leaves', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const handled: Record<string, number[]> = {}
    const projector = defineProjector<Added>({
      name: 'mails',
      process: ({ stream, id }) => {
        handled[stream] = [...(handled[stream] ?? []), id]
      },
    })
    const start = () => startPartitioned(projector, { store, partitions: 8, ttl, scheduler: time, pageSize: 10 })
    fill(store, 200)
    const first = start()
    await time.passTo(10)
    const second = start()
    fill(store, 50, 200)
    await time.passTo(2_000)
    expect(record(second.partitions$).values).toEqual([[expect.anything(), ...Array(3).fill(expect.anything())]])
    void first.stop()
    fill(store, 50, 250)
    await time.passTo(4_000)
    expect(handled).toEqual(expected(store))
    expect(store.positions.load(`mails@${partitionOf('stream-3', 8)}/8`)).toBeGreaterThan(0)
  })
})
