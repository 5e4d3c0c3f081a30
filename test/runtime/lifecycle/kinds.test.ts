import {
  defineProjection,
  defineProjector,
  type Lease,
  type LeaseStore,
  memory,
  type OpenStore,
  startProjection,
  startProjector,
} from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { append, type IdsState, type Noted, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

type Stored = OpenStore & { readonly leases: LeaseStore }

const storeOn = (time: VirtualTime): Stored => memory({ now: () => new Date(time.frame).toISOString() })

const exclusive = { ttl: 900, renewEvery: 300, acquireEvery: 300 }
const old = { owner: 'release 0.1.0', ttl: 900 }

function projection(version: number) {
  return defineProjection<IdsState, Noted>({
    name: 'mails',
    version,
    initialState: () => [],
    on: { Noted: (state, { id }) => [...state, id] },
  })
}

/** Both kinds in two versions, all of one name; what the projectors have handled. */
function four(time: VirtualTime, store: Stored) {
  const options = { store, exclusive, scheduler: time, retry: { delay: 100, entropy: 0 } }
  const handled: Record<number, number[]> = { 1: [], 2: [] }
  const projections = [1, 2].map((version) => startProjection(projection(version), options))
  const projectors = [1, 2].map((version) =>
    startProjector(
      defineProjector<Noted>({ name: 'mails', version, process: ({ id }) => handled[version]!.push(id) }),
      options,
    ),
  )
  return { handled, projections, projectors, all: [...projections, ...projectors] }
}

describe('exclusive runs of one name', () => {
  test('run side by side in both kinds and two versions, each alone, and keep their own data', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    append(store, 3)
    const first = four(time, store)
    const second = four(time, store)
    time.runTo(5_000)
    expect(first.all.map(({ status$ }) => record(status$).values)).toEqual(first.all.map(() => ['live']))
    expect(second.all.map(({ status$ }) => record(status$).values)).toEqual(second.all.map(() => ['hydrating']))
    expect(first.projections.map(({ current }) => current?.state)).toEqual([upTo(3), upTo(3)])
    expect([first.handled, second.handled]).toEqual([
      { 1: upTo(3), 2: upTo(3) },
      { 1: [], 2: [] },
    ])
    expect(store.positions.load('mails')).toBe(3)
    for (const handle of first.all) await handle.stop()
    expect(second.all.map(({ status$ }) => record(status$).values)).toEqual(second.all.map(() => ['live']))
    expect(second.handled).toEqual({ 1: [], 2: [] })
    for (const handle of second.all) await handle.stop()
    expect(time.timers).toBe(0)
  })

  test('stand by while release 0.1.0 runs one, except for versions of projectors, which it does not know', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    append(store, 1)
    const held = store.leases.acquire('mails', old) as Lease
    const { all, handled } = four(time, store)
    const waiting = record(all[0]!.telemetry$)
    const renewing = setRenewals(time, () => store.leases.renew(held, old))
    time.runTo(5_000)
    expect(all.map(({ status$ }) => record(status$).values[0])).toEqual(['hydrating', 'hydrating', 'hydrating', 'live'])
    expect(handled).toEqual({ 1: [], 2: [1] })
    expect(waiting.values).toEqual([{ projection: 'mails', type: 'lease.standby', lease: 'mails' }])
    renewing.end()
    store.leases.release(held)
    time.runTo(5_001)
    expect(all.map(({ status$ }) => record(status$).values[0])).toEqual(['live', 'live', 'live', 'live'])
    expect(handled).toEqual({ 1: [1], 2: [1] })
  })

  test('keep release 0.1.0 out until the last one has stopped', async () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const { projections, projectors } = four(time, store)
    time.runTo(5_000)
    const asked = () => store.leases.acquire('mails', old)
    for (const handle of [projections[1]!, projectors[1]!, projections[0]!]) {
      expect(asked()).toBeUndefined()
      await handle.stop()
      time.runTo(time.frame + 5_000)
    }
    expect(asked()).toBeUndefined()
    await projectors[0]!.stop()
    expect(asked()).toMatchObject({ epoch: 2 })
  })

  test('keep release 0.1.0 out for their ttl when they crash', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    let dead = false
    const call = <A extends unknown[], R>(method: (...args: A) => R) => {
      return (...args: A): R => {
        if (dead) throw new Error('dead')
        return method(...args)
      }
    }
    const { acquire, renew, release } = store.leases
    const leases = { acquire: call(acquire), renew: call(renew), release: call(release) }
    startProjection(projection(1), {
      store: { ...store, leases },
      exclusive,
      scheduler: time,
      onError: () => undefined,
    })
    time.runTo(1_000)
    dead = true
    time.runTo(1_700)
    expect(store.leases.acquire('mails', old)).toBeUndefined()
    time.runTo(1_900)
    expect(store.leases.acquire('mails', old)).toMatchObject({ epoch: 2 })
  })

  test('end when release 0.1.0 has taken over from one that slept', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    let asleep = false
    const renew: LeaseStore['renew'] = (...asked) => (asleep ? undefined : store.leases.renew(...asked))
    const run = startProjection(projection(1), {
      store: { ...store, leases: { ...store.leases, renew } },
      exclusive,
      scheduler: time,
      retry: { delay: 100, entropy: 0 },
      onError: () => undefined,
    })
    const status = record(run.status$, time)
    time.runTo(350)
    asleep = true
    time.runTo(1_250)
    const held = store.leases.acquire('mails', { ...old, ttl: 100_000 })
    expect(held).toMatchObject({ epoch: 2 })
    asleep = false
    time.runTo(10_000)
    expect(status.timed.slice(2)).toEqual([
      [0, 'live'],
      [1_500, 'retrying'],
      [1_600, 'hydrating'],
    ])
  })

  test('exclude each other by the old lease in a store that does not know joint leases', () => {
    const time = new VirtualTime()
    const store = storeOn(time)
    const acquire: LeaseStore['acquire'] = (name, { owner, ttl }) => store.leases.acquire(name, { owner, ttl })
    const { all } = four(time, { ...store, leases: { ...store.leases, acquire } })
    time.runTo(5_000)
    expect(all.map(({ status$ }) => record(status$).values[0])).toEqual(['live', 'hydrating', 'hydrating', 'live'])
  })
})

/** Does something every 300 ms, until it is ended. */
function setRenewals(time: VirtualTime, renew: () => unknown) {
  let ended = false
  const again = (): void => {
    if (ended) return
    renew()
    time.schedule(again, 300)
  }
  time.schedule(again, 300)
  return {
    end: () => {
      ended = true
    },
  }
}

test('an event handled under a lost lease is saved under the next, and handled again if another owner held it', async () => {
  for (const others of [0, 1]) {
    const time = new VirtualTime()
    const store = storeOn(time)
    await append(store, 1)
    const lease = '@projector/1/run/mails'
    let full = true
    const save: typeof store.positions.save = (...asked) => {
      if (full) throw new Error('disk full')
      return store.positions.save(...asked)
    }
    const handled: number[] = []
    startProjector(defineProjector<Noted>({ name: 'mails', process: ({ id }) => handled.push(id) }), {
      store: { ...store, transactions: undefined as never, positions: { ...store.positions, save } },
      exclusive,
      scheduler: time,
      retry: { delay: 100, entropy: 0 },
      onError: () => undefined,
    })
    time.runTo(50)
    full = false
    // The run has given its lease back, and waits.
    for (let count = 0; count < others; count++) {
      store.leases.release(store.leases.acquire(lease, { owner: 'another', ttl: 900 }) as Lease)
    }
    time.runTo(1_000)
    expect([handled, store.positions.load('mails')]).toEqual([others === 0 ? [1] : [1, 1], 1])
  }
})
