import { LeaseLostError, type OpenStore, PartitionsMismatchError, startPartitioned, TimeoutError } from 'rx-projection'
import { expect, onTestFinished, test } from 'vitest'
import { record } from '../runtime/support/record.ts'
import { describeOnEngines } from '../support/engines.ts'
import { casesOf } from '../support/thorough.ts'
import { eventsOf, fillAll, foldOf, foldOfPartition, keepFilling, open } from './support/realLog.ts'
import { type Seen, seen } from './support/seen.ts'
import type { Stored } from './support/workers.ts'

const PARTITIONS = 16

/** A worker, in this process but with a store of its own, and what it shows. */
async function startOn(url: string, change: (store: Stored) => Stored = (store) => store) {
  const errors: unknown[] = []
  const handle = startPartitioned(seen, {
    store: change(await open(url)),
    partitions: PARTITIONS,
    // Nobody dies here; on a busy machine a sign of life may be seconds late.
    ttl: 6_000,
    pageSize: 50,
    snapshotEvery: 20,
    catchUpAfter: 1_000,
    retry: { delay: 20, entropy: 20 },
    // On a busy machine a partition may be late to be given back; that costs time, and nothing else.
    onError: (error) => {
      if (!(error instanceof TimeoutError || error instanceof LeaseLostError)) errors.push(error)
    },
  })
  onTestFinished(() => handle.stop({ timeout: 60_000 }))
  const partitions = record(handle.partitions$)
  return { handle, errors, partitions: () => partitions.values.at(-1) ?? [] }
}

type Worker = Awaited<ReturnType<typeof startOn>>

/** How many workers come and then how many go, step by step. */
const COME_AND_GO = [
  [3, 0],
  [0, 2],
  [2, 1],
  [1, 1],
] as const

const ALL = Array.from({ length: PARTITIONS }, (_, index) => index)
const sorted = (partitions: readonly number[]) => [...partitions].sort((a, b) => a - b)

/** Waits until all partitions are run, in fair shares. */
async function fair(workers: readonly Worker[]): Promise<void> {
  const share = Math.ceil(PARTITIONS / workers.length)
  const shown = () => {
    const shares = workers.map((worker) => worker.partitions())
    return { all: sorted(shares.flat()), fair: shares.every(({ length }) => length <= share) }
  }
  await expect.poll(shown, { timeout: 60_000 }).toEqual({ all: ALL, fair: true })
}

/** The states of all workers in one, with everything that was appended; asked again while a partition changes hands. */
async function together(workers: readonly Worker[]): Promise<Seen> {
  for (;;) {
    const states = await Promise.all(workers.map(({ handle }) => handle.state({ timeout: 60_000 })))
    const partitions = states.flatMap((state) => [...state])
    if (sorted(partitions.map(([partition]) => partition)).join() === ALL.join()) {
      return Object.assign({}, ...partitions.map(([, state]) => state))
    }
  }
}

describeOnEngines('the workers of a partitioned projection', (on) => {
  test.each(casesOf([1, 2, 4], [4]))('%i: give the states of one projection, while appends go on', async (count) => {
    const url = await on.newStore()
    const store = await open(url)
    await fillAll(store, 8)
    const filling = keepFilling(store)
    const workers = await Promise.all(Array.from({ length: count }, () => startOn(url)))
    await fair(workers)
    await filling.stop()
    expect(await together(workers)).toEqual(await foldOf(store))
    for (const { errors } of workers) expect(errors).toEqual([])
  })

  test('keep a snapshot of each partition under its own name, and the number of partitions', async () => {
    const url = await on.newStore()
    const store = await open(url)
    await fillAll(store, 4)
    const workers = await Promise.all([startOn(url), startOn(url)])
    await fair(workers)
    await fillAll(store, 1)
    for (const { handle } of workers) await handle.whenCaughtUp()
    // Together: what one gives back is not to be taken by the other.
    await Promise.all(workers.map(({ handle }) => handle.stop({ timeout: 60_000 })))
    for (const { errors } of workers) expect(errors).toEqual([])
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const own = await foldOfPartition(store, partition, PARTITIONS)
      const stored = await store.snapshots.load(`seen@${partition}/${PARTITIONS}`, 1)
      expect([partition, stored]).toEqual([partition, own.offset === 0 ? undefined : own])
    }
    expect(await store.snapshots.load('seen', 1)).toBeUndefined()
    expect(await store.positions.load('@projection/1/partitions/seen')).toBe(PARTITIONS)
  })

  test('with another number of partitions than the stored one are refused', async () => {
    const url = await on.newStore()
    const first = await startOn(url)
    await first.handle.whenCaughtUp()
    const other = startPartitioned(seen, { store: await open(url), partitions: 8 })
    const partitions = record(other.partitions$)
    const error = new PartitionsMismatchError({ projection: 'seen', partitions: 8, stored: 16 })
    expect(error.message).toMatch(/16.*8|8.*16/)
    await expect(other.whenCaughtUp()).rejects.toEqual(error)
    expect(partitions.error).toEqual(error)
    expect(first.partitions().length).toBe(PARTITIONS)
  })

  test('lose nothing and double nothing when they come and go', async () => {
    const url = await on.newStore()
    const store = await open(url)
    const filling = keepFilling(store)
    let workers = [await startOn(url)]
    for (const [join, leave] of casesOf(COME_AND_GO, COME_AND_GO.slice(0, 2))) {
      workers.push(...(await Promise.all(Array.from({ length: join }, () => startOn(url)))))
      // Not all at rest: half of it is enough for the next to come or go.
      await expect.poll(() => workers.at(-1)!.partitions().length, { timeout: 60_000 }).toBeGreaterThan(0)
      const leaving = workers.slice(0, leave)
      workers = workers.slice(leave)
      await Promise.all(leaving.map(({ handle }) => handle.stop({ timeout: 60_000 })))
      for (const { errors } of leaving) expect(errors).toEqual([])
    }
    await fair(workers)
    await filling.stop()
    expect(await together(workers)).toEqual(await foldOf(store))
  })

  test('lose nothing and double nothing when all connections are cut', async () => {
    const url = await on.newStore()
    const store = await open(url)
    const workers = await Promise.all([startOn(url), startOn(url)])
    // An append on a connection that is cut fails; whether it was stored, the log tells.
    const fill = () => fillAll(store, 4).catch(() => undefined)
    for (let cuts = 0; cuts < 3; cuts++) {
      await fair(workers)
      await fill()
      await Promise.all([on.cut(), fill()])
    }
    await fair(workers)
    await fill()
    expect(await together(workers)).toEqual(await foldOf(store))
  })

  test('read what is appended once for all partitions that they run', async () => {
    const url = await on.newStore()
    const store = await open(url)
    await fillAll(store, 1)
    const reads = [0, 0]
    const counted =
      (worker: number) =>
      ({ events, ...rest }: Stored): Stored => ({
        ...rest,
        events: {
          ...events,
          read: (options) => {
            reads[worker]!++
            return events.read(options)
          },
        } as OpenStore['events'],
      })
    const workers = await Promise.all([startOn(url, counted(0)), startOn(url, counted(1))])
    await fair(workers)
    for (const { handle } of workers) await handle.whenCaughtUp()
    reads.fill(0)
    const before = (await eventsOf(store)).length
    for (let round = 0; round < 20; round++) {
      await store.events.append('one', [{ type: 'Added', payload: round }])
      for (const { handle } of workers) await handle.whenCaughtUp()
    }
    expect((await eventsOf(store)).length).toBe(before + 20)
    // One for the hint, one for the head that a wait asks for, and one or another of a poll; with a read for each of 8
    // partitions it would be more than 160.
    for (const count of reads) expect(count).toBeLessThan(110)
  })
})
