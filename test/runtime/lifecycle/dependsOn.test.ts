import { memory, type ProjectionHandle, type ProjectionOptions, startProjection } from 'rx-projection'
import { NEVER } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, type IdsState, ids, storeWith } from '../support/notes.ts'
import { poisoned } from '../support/poison.ts'
import { record, watch } from '../support/record.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const retry = { delay: 10, entropy: 0 }

/** A projection that is live after `ms`. */
function liveAfter(time: VirtualTime, ms: number, options: Partial<ProjectionOptions<IdsState>> = {}) {
  const store = storeWith(1)
  const load = () => Later.after(time, ms, () => undefined)
  return startProjection(ids, {
    store: { ...store, snapshots: { ...store.snapshots, load } },
    scheduler: time,
    ...options,
  } as ProjectionOptions<IdsState>)
}

function dependent(time: VirtualTime, dependsOn: ProjectionHandle<IdsState>[], more: object = {}) {
  return startProjection(ids, {
    store: storeWith(2),
    scheduler: time,
    instance: 'dependent',
    dependsOn,
    onError: () => undefined,
    ...more,
  })
}

describe('dependsOn', () => {
  const unhandled = collectUnhandled()

  test('hydration begins when all are live', async () => {
    const time = new VirtualTime()
    const projection = dependent(time, [liveAfter(time, 20), liveAfter(time, 50), liveAfter(time, 30)])
    const status = record(projection.status$, time)
    await time.passTo(100)
    expect(status.timed).toEqual([
      [0, 'hydrating'],
      [50, 'catching-up'],
      [50, 'live'],
    ])
  })

  test('a dependency that is already live causes no wait', () => {
    const time = new VirtualTime()
    const first = startProjection(ids, { store: storeWith(1), scheduler: time })
    time.runTo(10)
    const projection = dependent(time, [first])
    time.runTo(10)
    expect(projection.current?.state).toEqual([1, 2])
  })

  test('a chain goes live in order', async () => {
    const time = new VirtualTime()
    const first = liveAfter(time, 10)
    const second = liveAfter(time, 10, { instance: 'second', dependsOn: [first] })
    const third = liveAfter(time, 10, { instance: 'third', dependsOn: [second] })
    const live = [first, second, third].map((handle) => record(handle.status$, time))
    await time.passTo(100)
    expect(live.map(({ timed }) => timed.find(([, status]) => status === 'live')?.[0])).toEqual([10, 20, 30])
  })

  test('a dependency that retries causes a wait', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    let reads = 0
    const read = (options: Parameters<typeof store.events.read>[0]) => {
      if (++reads < 4) throw new Error('no connection')
      return store.events.read(options)
    }
    const first = startProjection(ids, {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      retry,
    })
    const projection = dependent(time, [first])
    const status = record(projection.status$, time)
    time.runTo(100)
    expect(status.timed.slice(1)).toEqual([
      [30, 'catching-up'],
      [30, 'live'],
    ])
  })

  test('a dependency that faults before it was live faults the dependent, which names it', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const first = startProjection(poisoned({ 1: 9 }), { store, scheduler: time, retry, onError: () => undefined })
    const told: unknown[] = []
    const projection = dependent(time, [first], { onError: (error: unknown) => told.push(error) })
    const waiting = watch(projection.state())
    await time.passTo(1_000)
    expect(record(projection.status$).values).toEqual(['faulted'])
    expect(waiting.error).toMatchObject({ name: 'DependencyError', projection: 'ids@dependent', dependency: 'ids' })
    expect(told).toEqual([waiting.error])
  })

  test.each(['before', 'after'])(
    'a dependency that stops before it was live faults the dependent, started %s that',
    async (when) => {
      const time = new VirtualTime()
      const first = liveAfter(time, 1_000)
      const early = when === 'before' ? dependent(time, [first]) : undefined
      await time.passTo(10)
      await first.stop()
      const projection = early ?? dependent(time, [first])
      await time.passTo(20)
      expect(record(projection.status$).values).toEqual(['faulted'])
      await expect(projection.state()).rejects.toThrow(/depends on "ids", which stopped before it was live/)
    },
  )

  test('a dependency that stops later does no harm, also not at a retry', async () => {
    const time = new VirtualTime()
    const first = startProjection(ids, { store: storeWith(1), scheduler: time })
    const store = storeWith(1)
    let broken = false
    const read = (options: Parameters<typeof store.events.read>[0]) => {
      if (broken) throw new Error('no connection')
      return store.events.read(options)
    }
    const projection = dependent(time, [first], { store: { ...store, events: { ...store.events, read } }, retry })
    await time.passTo(5)
    await first.stop()
    broken = true
    append(store)
    expect(record(projection.status$).values).toEqual(['retrying'])
    broken = false
    await time.passTo(15)
    expect(record(projection.status$).values).toEqual(['live'])
    expect(projection.current?.state).toEqual([1, 2])
  })

  test('a stop ends the wait for a dependency', async () => {
    const time = new VirtualTime()
    const source = startProjection(ids, { store: storeWith(1), scheduler: time, dependsOn: [liveAfter(time, 1e6)] })
    const projection = dependent(time, [source])
    await time.passTo(10)
    await projection.stop()
    expect(record(projection.status$).values).toEqual(['stopped'])
    await source.stop()
    expect(await unhandled.take()).toEqual([])
  })

  test('a projection on a push source can be depended on', () => {
    const time = new VirtualTime()
    const { snapshots } = memory()
    const projection = dependent(time, [
      startProjection(ids, { source: () => NEVER, snapshots, liveAfter: 0, scheduler: time }),
    ])
    time.runTo(0)
    expect(record(projection.status$).values).toEqual(['live'])
  })
})
