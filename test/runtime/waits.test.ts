import { memory, type ProjectionHandle, startProjection, type WaitOptions } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { countedSignal } from './support/countedSignal.ts'
import { Later } from './support/Later.ts'
import { append, type IdsState, ids, storeWith, upTo } from './support/notes.ts'
import { record, watch } from './support/record.ts'
import { promises, VirtualTime } from './support/VirtualTime.ts'

type Wait = (projection: ProjectionHandle<IdsState>, options?: WaitOptions) => Promise<unknown>

/** Every wait of a projection, each for something that has not come. */
const waits: [string, Wait][] = [
  ['state()', (projection, options) => projection.state(options)],
  ['state({ atLeast })', (projection, options) => projection.state({ ...options, atLeast: 9 })],
  ['snapshot()', (projection, options) => projection.snapshot(options)],
  ['snapshot({ atLeast })', (projection, options) => projection.snapshot({ ...options, atLeast: 9 })],
  ['catchUp()', (projection, options) => projection.catchUp(options)],
  ['whenCaughtUp()', (projection, options) => projection.whenCaughtUp(options)],
  ['whenProcessed()', (projection, options) => projection.whenProcessed(9, options)],
]

/** A log whose reads never end from a given one on. */
function hangingReads(from: number) {
  const store = storeWith(2)
  let reads = 0
  const events = {
    ...store.events,
    read: (options: Parameters<typeof store.events.read>[0]) =>
      ++reads < from
        ? store.events.read(options)
        : Later.never<ReturnType<typeof store.events.read>>().then((page) => page),
  }
  return { ...store, events }
}

describe('every wait', () => {
  test.each(waits)('%s rejects with a TimeoutError and leaves nothing behind', async (name, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(2), scheduler: time })
    time.runTo(10)
    const { timers } = time
    const waiting = watch(wait(projection, { timeout: 50 }))
    await time.passTo(59)
    expect(waiting.state).toBe('pending')
    await time.passTo(60)
    expect(waiting).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError', timeout: 50 } })
    expect((waiting.error as { operation: string }).operation).toContain(name.slice(0, 5))
    expect(time.timers).toBeLessThanOrEqual(timers)
    expect(record(projection.status$).values).toEqual(['live'])
  })

  test.each(waits)('%s has a timeout of 5 s, whenCaughtUp() none', async (name, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    const waiting = watch(wait(projection))
    await time.passTo(4_999)
    expect(waiting.state).toBe('pending')
    await time.passTo(5_000)
    expect(waiting.state).toBe(name === 'whenCaughtUp()' ? 'pending' : 'rejected')
    await time.passTo(1_000_000)
    expect(waiting.state).toBe(name === 'whenCaughtUp()' ? 'pending' : 'rejected')
  })

  test.each(waits)('%s has no timeout with Infinity, and no timer', async (_, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    time.runTo(0)
    const { timers } = time
    const waiting = watch(wait(projection, { timeout: Infinity }))
    await time.passTo(1_000_000)
    expect(waiting.state).toBe('pending')
    expect(time.timers).toBe(timers)
  })

  test.each(waits)('%s rejects with the reason of its signal, also of one that is aborted already', async (_, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    time.runTo(0)
    const { timers } = time
    const control = new AbortController()
    const waiting = watch(wait(projection, { signal: control.signal }))
    await promises()
    expect(waiting.state).toBe('pending')
    const reason = new Error('enough')
    control.abort(reason)
    await promises()
    expect(waiting).toMatchObject({ state: 'rejected', error: reason })
    expect(time.timers).toBe(timers)
    await expect(wait(projection, { signal: control.signal })).rejects.toBe(reason)
  })

  test.each(waits)('%s lets its signal go, however it ends', async (_, wait) => {
    const time = new VirtualTime()
    const { signal, listeners } = countedSignal()
    const hanging = startProjection(ids, { store: hangingReads(1), scheduler: time })
    const late = watch(wait(hanging, { signal, timeout: 10 }))
    const answering = startProjection(ids, { store: storeWith(9), scheduler: time })
    const answered = watch(wait(answering, { signal }))
    await promises()
    expect(listeners()).toBe(2)
    await time.passTo(10)
    expect([late.state, answered.state, listeners()]).toEqual(['rejected', 'resolved', 0])
  })

  test.each(waits)('%s rejects with the fault of the projection, and at once after it', async (_, wait) => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const load = () => Later.after(time, 10, () => undefined)
    const projection = startProjection(ids, {
      store: { ...store, snapshots: { ...store.snapshots, load } },
      scheduler: time,
    })
    store.events.append('a', [{ type: 'Other', payload: null }])
    const waiting = watch(wait(projection))
    await time.passTo(10)
    expect(waiting).toMatchObject({ state: 'rejected', error: { name: 'UnknownEventError' } })
    await expect(wait(projection)).rejects.toBe(waiting.error)
    expect(time.timers).toBe(0)
  })

  test.each(waits)('%s rejects when the projection stops, and at once after that', async (_, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    time.runTo(0)
    const waiting = watch(wait(projection))
    await projection.stop()
    await promises()
    expect(waiting).toMatchObject({ state: 'rejected', error: { name: 'ProjectionStoppedError', projection: 'ids' } })
    await expect(wait(projection)).rejects.toMatchObject({ name: 'ProjectionStoppedError' })
    expect(time.timers).toBe(0)
  })

  test.each(waits)('%s refuses options that are wrong, by their names', async (_, wait) => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    await expect(wait(projection, { timeout: -1 })).rejects.toThrow(RangeError)
    await expect(wait(projection, { timeout: 2 ** 31 })).rejects.toThrow(/^timeout must be/)
    await expect(wait(projection, { signal: {} as AbortSignal })).rejects.toThrow(/^signal must be/)
  })

  test.each(waits)('%s survives a failure that is retried', async (name, wait) => {
    const time = new VirtualTime()
    const store = storeWith(9)
    let reads = 0
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) => {
        if (++reads === 2) throw new Error('no connection')
        return store.events.read(options)
      },
    }
    const projection = startProjection(ids, {
      store: { ...store, events },
      scheduler: time,
      pageSize: 4,
      retry: { delay: 100, entropy: 0 },
    })
    const waiting = watch(wait(projection))
    await time.passTo(99)
    // Nothing but the first page has been seen, so nothing can answer yet.
    expect([name, waiting.state]).toEqual([name, 'pending'])
    await time.passTo(100)
    expect(waiting.state).toBe('resolved')
  })

  test('a position to wait for must be one', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: storeWith(1), scheduler: time })
    await expect(projection.whenProcessed(-1)).rejects.toThrow(/^position must be/)
    await expect(projection.state({ atLeast: 1.5 })).rejects.toThrow(/^atLeast must be/)
  })
})

describe('state() and snapshot()', () => {
  test('see every append that finished before the call, also one whose hint was lost', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const { hints$: _, ...deaf } = store.events
    const projection = startProjection(ids, { store: { ...store, events: deaf }, scheduler: time })
    time.runTo(0)
    await append(store, 2)
    expect(projection.current?.state).toEqual([1])
    expect(await projection.state()).toEqual([1, 2, 3])
    await append(store)
    expect(await projection.snapshot()).toEqual({ offset: 4, state: [1, 2, 3, 4] })
  })

  test('wait for a read that begins after the call, not for the one in progress', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    // A page holds what the log held when the read began.
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) => {
        const page = store.events.read(options)
        return Later.after(time, 10, () => page)
      },
    }
    const projection = startProjection(ids, { store: { ...store, events }, scheduler: time })
    await time.passTo(5)
    append(store)
    const state = watch(projection.state())
    await time.passTo(19)
    expect(state.state).toBe('pending')
    await time.passTo(20)
    expect(state).toMatchObject({ state: 'resolved', value: [1, 2] })
  })

  test('wait for all pages up to the head', async () => {
    const time = new VirtualTime()
    const store = storeWith(10)
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) =>
        Later.after(time, 10, () => store.events.read(options)),
    }
    const projection = startProjection(ids, { store: { ...store, events }, scheduler: time, pageSize: 3 })
    const state = watch(projection.state())
    await time.passTo(39)
    expect(state.state).toBe('pending')
    await time.passTo(40)
    expect(state.value).toEqual(upTo(10))
  })

  test('with atLeast do not wait for a read: they answer as soon as the position is passed', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(2), scheduler: time })
    time.runTo(0)
    expect(await projection.state({ atLeast: 2 })).toEqual([1, 2])
    expect(await projection.snapshot({ atLeast: 1 })).toEqual({ offset: 2, state: [1, 2] })
    const tooHigh = watch(projection.state({ atLeast: 3, timeout: 10 }))
    await time.passTo(10)
    expect(tooHigh.state).toBe('rejected')
  })

  test('with atLeast read own writes', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const { hints$: _, ...deaf } = store.events
    const projection = startProjection(ids, { store: { ...store, events: deaf }, scheduler: time })
    time.runTo(0)
    const { position } = await append(store)
    expect(await projection.state({ atLeast: position })).toEqual([1, 2])
  })

  test('with atLeast count events of other streams as passed', async () => {
    const time = new VirtualTime()
    const store = memory()
    await append(store, 2, 'a')
    await append(store, 3, 'b')
    const projection = startProjection(ids, { store, scheduler: time, streams: ['a'] })
    time.runTo(0)
    expect(await projection.snapshot({ atLeast: 5 })).toEqual({ offset: 2, state: [1, 2] })
  })
})

describe('whenProcessed()', () => {
  test('resolves at once for what is passed, and then reads nothing', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    let reads = 0
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) => {
        reads++
        return store.events.read(options)
      },
    }
    const projection = startProjection(ids, { store: { ...store, events }, scheduler: time })
    time.runTo(0)
    await projection.whenProcessed(0)
    await projection.whenProcessed(2)
    expect(reads).toBe(1)
  })

  test('resolves when the position is passed, while live', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const projection = startProjection(ids, { store, scheduler: time })
    time.runTo(0)
    const third = watch(projection.whenProcessed(3))
    const fourth = watch(projection.whenProcessed(4))
    await append(store)
    await promises()
    expect([third.state, fourth.state]).toEqual(['resolved', 'pending'])
    await projection.stop()
  })
})

describe('catchUp() and whenCaughtUp()', () => {
  test('read now in place of at the next hint', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const { hints$: _, ...deaf } = store.events
    const projection = startProjection(ids, { store: { ...store, events: deaf }, scheduler: time })
    time.runTo(0)
    append(store)
    await projection.catchUp()
    expect(projection.current?.state).toEqual([1, 2])
    append(store)
    await projection.whenCaughtUp()
    expect(projection.current?.state).toEqual([1, 2, 3])
  })

  test('catchUp() needs not be awaited: its failure is no unhandled rejection', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    projection.catchUp({ timeout: 5 })
    projection.catchUp()
    await time.passTo(5)
    await projection.stop()
    await expect(projection.catchUp()).rejects.toMatchObject({ name: 'ProjectionStoppedError' })
  })

  test('many at once cost one read, or two', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    let reads = 0
    const events = {
      ...store.events,
      read: (options: Parameters<typeof store.events.read>[0]) => {
        reads++
        return Later.after(time, 10, () => store.events.read(options))
      },
    }
    const projection = startProjection(ids, { store: { ...store, events }, scheduler: time })
    await time.passTo(5)
    const all = Promise.all(Array.from({ length: 50 }, () => projection.state()))
    await time.passTo(30)
    await all
    expect(reads).toBe(2)
  })
})
