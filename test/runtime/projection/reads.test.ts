import { memory, startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { hangingReads } from '../support/hangingReads.ts'
import { Later } from '../support/Later.ts'
import { append, ids, storeWith, upTo } from '../support/notes.ts'
import { watch } from '../support/record.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

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

  test('with atLeast do not wait for a read: they answer as soon as the run has passed the position', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(2), scheduler: time })
    time.runTo(0)
    expect(await projection.state({ atLeast: 2 })).toEqual([1, 2])
    expect(await projection.snapshot({ atLeast: 1 })).toEqual({ offset: 2, state: [1, 2] })
    const tooHigh = watch(projection.state({ atLeast: 3, timeout: 10 }))
    await time.passTo(10)
    expect(tooHigh.state).toBe('rejected')
  })

  test('with atLeast read your own writes', async () => {
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
  test('resolves immediately for a passed position, and reads nothing', async () => {
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

  test('resolves when the run passes the position, while live', async () => {
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
  test('read now instead of at the next hint', async () => {
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

  test('catchUp() need not be awaited: its failure causes no unhandled rejection', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { store: hangingReads(1), scheduler: time })
    projection.catchUp({ timeout: 5 })
    projection.catchUp()
    await time.passTo(5)
    await projection.stop()
    await expect(projection.catchUp()).rejects.toMatchObject({ name: 'ProjectionStoppedError' })
  })

  test('many at the same time need one read, or two', async () => {
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
