import { defineProjector, startProjection, startProjector, TimeoutError } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { fakeTransactions } from '../support/fakeTransactions.ts'
import { append, ids, storeWith } from '../support/notes.ts'
import { record, watch } from '../support/record.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

collectUnhandled()

const retry = { delay: 100, entropy: 0 }
const never = (): Promise<never> => new Promise(() => undefined)

/** A store whose first save of a position is answered by what a test decides. */
function firstSave(answer: (save: () => void) => Promise<void>) {
  const store = storeWith(3)
  let saves = 0
  const save: typeof store.positions.save = (...args) =>
    ++saves === 1 ? answer(() => store.positions.save(...args)) : store.positions.save(...args)
  return { ...store, positions: { ...store.positions, save } }
}

describe.each(['event', 'page'] as const)('a save of a position that is not answered (%s)', (transaction) => {
  test('fails with a TimeoutError after saveTimeout, and the run retries', async () => {
    const time = new VirtualTime()
    const store = firstSave(never)
    const errors: unknown[] = []
    const projector = startProjector(defineProjector({ name: 'p', transaction, process: () => undefined }), {
      store,
      scheduler: time,
      retry,
      saveTimeout: 40,
      onError: (error, { attempt }) => errors.push([error, attempt]),
    })
    await time.passTo(39)
    expect([errors, projector.position]).toEqual([[], 0])
    await time.passTo(40)
    expect(errors).toMatchObject([[{ operation: 'saving the position of "p"', timeout: 40 }, 1]])
    expect((errors as [[unknown]])[0][0]).toBeInstanceOf(TimeoutError)
    await time.passTo(140)
    expect([projector.position, store.positions.load('p'), record(projector.status$).values]).toEqual([3, 3, ['live']])
  })

  test('and arrives late: nothing is lost, nothing goes back', async () => {
    const time = new VirtualTime()
    const store = firstSave((save) => new Promise((done) => time.schedule(() => done(save()), 90)))
    const projector = startProjector(defineProjector({ name: 'p', transaction, process: () => undefined }), {
      store,
      scheduler: time,
      retry,
      saveTimeout: 40,
      onError: () => undefined,
    })
    const positions = record(projector.position$)
    await time.passTo(2_000)
    expect(positions.values).toEqual([...positions.values].sort((a, b) => a - b))
    expect([projector.position, store.positions.load('p')]).toEqual([3, 3])
  })

  test('times out after 30 s by default', async () => {
    const time = new VirtualTime()
    const errors: unknown[] = []
    startProjector(defineProjector({ name: 'p', transaction, process: () => undefined }), {
      store: firstSave(never),
      scheduler: time,
      retry,
      onError: (error) => errors.push(error),
    })
    await time.passTo(29_999)
    expect(errors).toEqual([])
    await time.passTo(30_000)
    expect(errors).toHaveLength(1)
  })
})

test('a save of a position in a transaction is limited by the store, not by saveTimeout', async () => {
  const time = new VirtualTime()
  const store = storeWith(1)
  const { transactions } = fakeTransactions({
    ...store.positions,
    save: (...args) => new Promise<void>((done) => time.schedule(() => done(store.positions.save(...args)), 90)),
  })
  const errors: unknown[] = []
  startProjector(defineProjector({ name: 'p', process: () => undefined }), {
    store: { ...store, transactions },
    scheduler: time,
    retry,
    saveTimeout: 40,
    onError: (error) => errors.push(error),
  })
  await time.passTo(200)
  expect([errors, store.positions.load('p')]).toEqual([[], 1])
})

test('a snapshot that is not saved in time: takeSnapshot() rejects, and a late save does no harm', async () => {
  const time = new VirtualTime()
  const store = storeWith(2)
  let saves = 0
  const save: typeof store.snapshots.save = (...args) =>
    ++saves === 1
      ? new Promise<void>((done) => time.schedule(() => done(store.snapshots.save(...args)), 500))
      : store.snapshots.save(...args)
  const projection = startProjection(ids, {
    store: { ...store, snapshots: { ...store.snapshots, save } },
    scheduler: time,
    saveTimeout: 40,
    paceSaves: false,
    onError: () => undefined,
  })
  time.runTo(0)
  const taken = watch(projection.takeSnapshot())
  await time.passTo(40)
  expect(taken.error).toMatchObject({ name: 'TimeoutError', operation: 'saving the snapshot of "ids"', timeout: 40 })
  append(store)
  expect(await projection.takeSnapshot()).toEqual({ offset: 3, state: [1, 2, 3] })
  await time.passTo(1_000)
  expect(store.snapshots.load('ids', 1)).toEqual({ offset: 3, state: [1, 2, 3] })
})

test('saves and loads that are answered with values need no timer', async () => {
  const time = new VirtualTime()
  const store = storeWith(3)
  const scheduled: number[] = []
  const scheduler = {
    now: () => time.now(),
    schedule: ((work: () => void, delay = 0) => {
      scheduled.push(delay)
      return time.schedule(work, delay)
    }) as VirtualTime['schedule'],
  }
  const options = { store, scheduler, readTimeout: 12_345, saveTimeout: 23_456 }
  startProjection(ids, { ...options, snapshotEvery: 1 })
  startProjector(defineProjector({ name: 'p', process: () => undefined }), options)
  time.runTo(0)
  await promises()
  expect(await store.snapshots.load('ids', 1)).toMatchObject({ offset: 3 })
  expect(scheduled).not.toContain(12_345)
  expect(scheduled).not.toContain(23_456)
})
