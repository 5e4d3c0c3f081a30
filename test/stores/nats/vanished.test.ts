import {
  defineProjection,
  defineProjector,
  LeaseLostError,
  PositionConflictError,
  PositionLostError,
  StoreError,
  startProjection,
  startProjector,
} from 'rx-projection'
import { nats } from 'rx-projection/nats'
import { describe, expect, test } from 'vitest'
import { natsServerIsInstalled } from '../../support/natsServer.ts'
import { newName, numbers, onServer, until, used } from './support/onServer.ts'

interface Numbered {
  readonly type: 'Numbered'
  readonly payload: number
}

const BIG = { text: 'ž'.repeat(1_200_000) }
const HOUR = 3_600_000

const sum = defineProjection<number, Numbered>({
  name: 'sum',
  initialState: () => 0,
  on: { Numbered: (state, { payload }) => state + payload },
})

const silent = defineProjector<Numbered>({ name: 'silent', process: () => {} })

/** New events with numbers, as a typed store takes them. */
const numbered = (...payloads: readonly number[]): readonly Numbered[] => numbers(...payloads) as readonly Numbered[]

describe.runIf(natsServerIsInstalled)('a bucket that was deleted', { timeout: 20_000 }, () => {
  const here = onServer()

  test('is made again by the next save, and snapshots are kept in it, small and big', async () => {
    const stream = newName()
    const { snapshots } = used(nats({ servers: here.url, stream }))
    await snapshots.save('a', 1, { offset: 3, state: 'lost' })
    await snapshots.save('b', 1, { offset: 3, state: BIG })
    await here.jsm.streams.delete(`KV_${stream}_state`)
    await here.jsm.streams.delete(`OBJ_${stream}_state`)
    expect(await snapshots.load('a', 1)).toBeUndefined()
    await snapshots.save('a', 1, { offset: 1, state: 'new' })
    expect(await snapshots.load('a', 1)).toEqual({ offset: 1, state: 'new' })
    await snapshots.save('b', 1, { offset: 1, state: BIG })
    expect(await snapshots.load('b', 1)).toEqual({ offset: 1, state: BIG })
    // Again, without a load between.
    await here.jsm.streams.delete(`KV_${stream}_state`)
    await snapshots.save('a', 1, { offset: 1, state: 'again' })
    expect(await snapshots.load('a', 1)).toEqual({ offset: 1, state: 'again' })
  })

  test('and whose list of snapshots is there while a big one is gone with the object store is passed over', async () => {
    const stream = newName()
    const { snapshots } = used(nats({ servers: here.url, stream }))
    await snapshots.save('b', 1, { offset: 1, state: 'small' })
    await snapshots.save('b', 1, { offset: 2, state: BIG })
    await here.jsm.streams.delete(`OBJ_${stream}_state`)
    expect(await snapshots.load('b', 1)).toEqual({ offset: 1, state: 'small' })
  })

  test('or an object of which all parts are gone: the older snapshot is loaded', async () => {
    const stream = newName()
    const { snapshots } = used(nats({ servers: here.url, stream }))
    await snapshots.save('b', 1, { offset: 1, state: 'small' })
    await snapshots.save('b', 1, { offset: 2, state: BIG })
    await here.jsm.streams.purge(`OBJ_${stream}_state`, { filter: `$O.${stream}_state.C.>` })
    expect(await snapshots.load('b', 1)).toEqual({ offset: 1, state: 'small' })
  })

  test('makes a load of a position that was there reject, in this process and in the next', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.positions.save('mailer', 41)
    await here.jsm.streams.delete(`KV_${stream}_state`)
    for (const { positions } of [store, used(nats({ servers: here.url, stream }))]) {
      const error = await Promise.resolve(positions.load('mailer')).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(PositionLostError)
      expect(error).toMatchObject({ projector: 'mailer', last: 41, retryable: false })
      expect(await positions.load('another')).toBe(0)
    }
    await expect(Promise.resolve(store.positions.save('mailer', 42, { expected: 41 }))).rejects.toThrow(
      PositionLostError,
    )
    await expect(Promise.resolve(store.positions.save('new', 2, { expected: 1 }))).rejects.toThrow(
      PositionConflictError,
    )
  })

  test('lets the operator decide: 0 starts over, and the last position goes on', async () => {
    const stream = newName()
    const one = used(nats({ servers: here.url, stream }))
    for (const name of ['a', 'b']) await one.positions.save(name, 7)
    await here.jsm.streams.delete(`KV_${stream}_state`)
    const operator = used(nats({ servers: here.url, stream }))
    await operator.positions.save('a', 0)
    await operator.positions.save('b', 7)
    for (const { positions } of [one, used(nats({ servers: here.url, stream }))]) {
      expect([await positions.load('a'), await positions.load('b')]).toEqual([0, 7])
    }
    // What was reset is not lost when the bucket goes again.
    await here.jsm.streams.delete(`KV_${stream}_state`)
    expect(await used(nats({ servers: here.url, stream })).positions.load('a')).toBe(0)
  })

  test('means nothing where the log is another one, too', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.positions.save('mailer', 41)
    await here.jsm.streams.delete(`KV_${stream}_state`)
    await here.jsm.streams.delete(stream)
    expect(await used(nats({ servers: here.url, stream })).positions.load('mailer')).toBe(0)
  })

  test('makes a projector fault, running or started again, instead of handling everything twice', async () => {
    const stream = newName()
    const store = used(nats<Numbered>({ servers: here.url, stream }))
    const retry = { delay: 10, entropy: 0 }
    const onError = () => {}
    const running = startProjector(silent, { store, retry, onError })
    await store.events.append('a', numbered(1, 2))
    await running.whenProcessed(2)
    await here.jsm.streams.delete(`KV_${stream}_state`)
    await store.events.append('a', numbered(3))
    await expect(running.whenProcessed(3)).rejects.toThrow(PositionLostError)
    const again = startProjector(silent, { store: used(nats<Numbered>({ servers: here.url, stream })), retry, onError })
    await expect(again.whenProcessed(3)).rejects.toThrow(PositionLostError)
  })

  test('does not let epochs go back, and ends the leases that were in it', async () => {
    const stream = newName()
    const [one, two] = [used(nats({ servers: here.url, stream })), used(nats({ servers: here.url, stream }))]
    const first = (await one.leases.acquire('a', { owner: 'one', ttl: 1 }))!
    let second = await two.leases.acquire('a', { owner: 'two', ttl: HOUR })
    await until('the lease is over', async () => {
      second ??= await two.leases.acquire('a', { owner: 'two', ttl: HOUR })
      return second !== undefined
    })
    expect([first.epoch, second!.epoch]).toEqual([1, 2])
    await here.jsm.streams.delete(`KV_${stream}_state`)
    const other = used(nats({ servers: here.url, stream }))
    expect(await other.leases.acquire('a', { owner: 'three', ttl: HOUR })).toMatchObject({ epoch: 3 })
    for (const [store, lease] of [[one, first] as const, [two, second!] as const]) {
      await expect(Promise.resolve(store.positions.save('p', 1, { lease }))).rejects.toThrow(LeaseLostError)
      await expect(Promise.resolve(store.leases.renew(lease, { ttl: HOUR }))).rejects.toThrow(LeaseLostError)
    }
  })

  test('does not let two leases of one epoch pass for each other, though nothing else remembers', async () => {
    const stream = newName()
    const [one, two] = [used(nats({ servers: here.url, stream })), used(nats({ servers: here.url, stream }))]
    const old = (await one.leases.acquire('a', { owner: 'one', ttl: HOUR }))!
    for (const bucket of ['state', 'witness']) await here.jsm.streams.delete(`KV_${stream}_${bucket}`)
    expect(await two.leases.acquire('a', { owner: 'two', ttl: HOUR })).toMatchObject({ epoch: 1 })
    await expect(Promise.resolve(one.positions.save('p', 1, { lease: old }))).rejects.toThrow(LeaseLostError)
    const why: unknown[] = []
    old.lost$!.subscribe((error) => why.push(error))
    await until('the loss is told', () => why.length > 0)
  })
})

describe.runIf(natsServerIsInstalled)('buckets that many need at the same time', { timeout: 60_000 }, () => {
  const here = onServer()

  // A server of version 2.9 dies when it is asked for a message of a stream that is being made.
  test.each([false, true])('are made by one of them, and harm no server; deleted before: %s', async (deleted) => {
    for (let round = 0; round < 15; round++) {
      const stream = newName()
      const stores = Array.from({ length: 6 }, () => nats({ servers: here.url, stream }))
      if (deleted) {
        await Promise.all(stores.map(({ positions }, index) => positions.save(`q${index}`, 1)))
        await here.jsm.streams.delete(`KV_${stream}_state`)
      }
      const done = await Promise.all(
        stores.map(async ({ leases, positions }, index) => {
          const [lease] = await Promise.all([
            leases.acquire('a', { owner: 'one', ttl: HOUR }),
            positions.load(`p${index}`),
            positions.save(`q${index}`, 1),
          ])
          return lease
        }),
      )
      expect(done.filter((lease) => lease !== undefined)).toMatchObject([{ epoch: 1 }])
      await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()))
    }
  })
})

describe.runIf(natsServerIsInstalled)('a stream of events that was deleted', { timeout: 20_000 }, () => {
  const here = onServer()

  test('is named by every call that needs it, promptly', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream, patience: 15_000 }))
    await store.events.append('a', numbers(1))
    await store.events.read({ after: 0, limit: 1 })
    await here.jsm.streams.delete(stream)
    for (const call of [
      () => store.events.append('a', numbers(2)),
      () => store.events.append('b', numbers(2), { expectedRevision: 0 }),
      () => store.events.read({ after: 0, limit: 10 }),
      () => store.events.read({ after: 1, limit: 10, streams: ['a'] }),
    ]) {
      const began = performance.now()
      const error = await Promise.resolve(call()).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(StoreError)
      expect((error as StoreError).message).toContain(`its stream "${stream}" was deleted`)
      expect((error as StoreError).retryable).toBe(false)
      // A bound far below the patience, not a measurement.
      expect(performance.now() - began).toBeLessThan(10_000)
    }
    await here.jsm.streams.add({ name: stream, subjects: [`${stream}.>`] })
    expect(await store.events.append('a', numbers(1))).toEqual({ position: 1, revision: 1 })
  })

  test('faults the runs that follow it, though nothing is appended and nothing polls', async () => {
    const stream = newName()
    const store = used(nats<Numbered>({ servers: here.url, stream }))
    const errors: unknown[] = []
    const run = startProjection(sum, { store, catchUpAfter: HOUR, onError: (error) => errors.push(error) })
    await store.events.append('a', numbered(1))
    await run.whenProcessed(1)
    const filtered = startProjection(sum, {
      store,
      instance: 'filtered',
      streams: ['b'],
      catchUpAfter: HOUR,
      onError: (error) => errors.push(error),
    })
    await filtered.whenCaughtUp()
    await here.jsm.streams.delete(stream)
    const states: string[] = []
    for (const { status$ } of [run, filtered]) status$.subscribe((status) => states.push(status))
    await until('both have ended', () => states.filter((status) => status === 'faulted').length === 2, 18_000)
    expect(errors).toEqual([expect.any(StoreError), expect.any(StoreError)])
  })

  test('is not made again by a store that comes back to a server', async () => {
    const stream = newName()
    const store = used(nats({ servers: here.url, stream }))
    await store.events.append('a', numbers(1))
    await here.jsm.streams.delete(stream)
    here.server.signal('SIGKILL')
    await here.server.gone()
    await here.server.restart()
    await expect(store.events.append('a', numbers(2))).rejects.toThrow('was deleted')
    await expect(here.jsm.streams.info(stream)).rejects.toThrow('stream not found')
  })
})
