import { type FailureInfo, startProjection } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { append, ids, storeWith, upTo } from '../support/notes.ts'
import { poisoned } from '../support/poison.ts'
import { record, watch } from '../support/record.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const retry = { delay: 10, entropy: 0 }

function unreadable(error: () => unknown) {
  const store = storeWith(0)
  const read = () => {
    throw error()
  }
  return { ...store, events: { ...store.events, read } }
}

describe('onError', () => {
  const unhandled = collectUnhandled()

  test('receives every failure once, with its attempt and its event', () => {
    const time = new VirtualTime()
    const told: [string, FailureInfo][] = []
    startProjection(poisoned({ 2: 3 }), {
      store: storeWith(3),
      scheduler: time,
      retry,
      onError: (error, info) => told.push([(error as Error).name, info]),
    })
    time.runTo(1_000)
    expect(told).toMatchObject([
      ['HandlerError', { attempt: 1, event: { id: 2 } }],
      ['HandlerError', { attempt: 2, event: { id: 2 } }],
      ['HandlerError', { attempt: 3, event: { id: 2 } }],
    ])
  })

  test('receives the last one, for which no retry is left, also if it is the same object each time', () => {
    const time = new VirtualTime()
    const error = new Error('no connection')
    const told: unknown[] = []
    const projection = startProjection(ids, {
      store: unreadable(() => error),
      scheduler: time,
      retry: { ...retry, count: 2 },
      onError: (failure, { attempt }) => told.push([failure, attempt]),
    })
    record(projection.state$)
    time.runTo(1_000)
    expect(told).toEqual([
      [error, 1],
      [error, 2],
      [error, 3],
    ])
  })

  test('receives the failure of a load each time, even if it is always the same', () => {
    const time = new VirtualTime()
    const error = new Error('no connection')
    const store = storeWith(0)
    const load = () => {
      throw error
    }
    const told: unknown[] = []
    startProjection(ids, {
      store: { ...store, snapshots: { ...store.snapshots, load } },
      scheduler: time,
      retry,
      onError: (failure) => told.push(failure),
    })
    time.runTo(30)
    expect(told).toEqual([error, error, error, error])
  })

  test('that throws does no harm: its error is reported as unhandled', async () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned({ 2: 1 }), {
      store: storeWith(3),
      scheduler: time,
      retry,
      onError: () => {
        throw new Error('no room in the log')
      },
    })
    time.runTo(10)
    expect(projection.current?.state).toEqual(upTo(3))
    expect(await unhandled.take()).toMatchObject([{ message: 'no room in the log' }])
  })

  test('may append, and ask for a catch-up', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const caughtUp: Promise<void>[] = []
    const projection = startProjection(poisoned({ 2: 1 }), {
      store,
      scheduler: time,
      retry,
      onError: () => {
        append(store)
        caughtUp.push(projection.catchUp())
      },
    })
    time.runTo(10)
    expect(projection.current?.state).toEqual(upTo(3))
    await Promise.all(caughtUp)
  })
})

describe('a fault', () => {
  const unhandled = collectUnhandled()

  test('is not reported if state$ has a subscriber, which receives it', async () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned({ 1: 9 }), { store: storeWith(1), scheduler: time, retry })
    const state = record(projection.state$)
    time.runTo(1_000)
    expect(state.error).toMatchObject({ name: 'HandlerError' })
    expect(await unhandled.take()).toEqual([])
  })

  test('is not reported if onError receives it', async () => {
    const time = new VirtualTime()
    const options = { store: storeWith(1), scheduler: time, retry, onError: () => undefined }
    startProjection(poisoned({ 1: 9 }), options)
    time.runTo(1_000)
    expect(await unhandled.take()).toEqual([])
  })

  test('is not reported if a caller waits: the wait rejects', async () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned({ 1: 9 }), { store: storeWith(1), scheduler: time, retry })
    const waiting = watch(projection.whenProcessed(1))
    await time.passTo(1_000)
    expect(waiting).toMatchObject({ state: 'rejected', error: { name: 'HandlerError' } })
    expect(await unhandled.take()).toEqual([])
  })

  test('saves nothing, and leaves no timer', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    const options = { store, scheduler: time, retry, onError: () => undefined }
    startProjection(poisoned({ 4: 9 }), options)
    time.runTo(1_000)
    expect(store.snapshots.load('ids', 1)).toBeUndefined()
    expect(time.timers).toBe(0)
  })
})

describe('a callback that throws', () => {
  const unhandled = collectUnhandled()

  test('onInit: is a failure of the run, which is retried', () => {
    const time = new VirtualTime()
    let calls = 0
    const told: unknown[] = []
    const projection = startProjection(ids, {
      store: storeWith(1),
      scheduler: time,
      retry,
      onInit: () => {
        if (++calls < 3) throw new Error(`init ${calls}`)
      },
      onError: (error) => told.push(String(error)),
    })
    const status = record(projection.status$)
    time.runTo(20)
    expect(told).toEqual(['Error: init 1', 'Error: init 2'])
    expect(status.values.at(-1)).toBe('live')
  })

  test('onCaughtUp: is a failure of the run, which is retried', () => {
    const time = new VirtualTime()
    let calls = 0
    const told: unknown[] = []
    const projection = startProjection(ids, {
      store: storeWith(1),
      scheduler: time,
      retry,
      onCaughtUp: () => {
        if (++calls < 2) throw new Error(`caught up ${calls}`)
      },
      onError: (error) => told.push(String(error)),
    })
    const status = record(projection.status$)
    time.runTo(20)
    expect(told).toEqual(['Error: caught up 1'])
    expect(status.values).toEqual(['hydrating', 'catching-up', 'live', 'retrying', 'hydrating', 'catching-up', 'live'])
    expect(projection.current?.state).toEqual([1])
  })

  test.each(['retryIf', 'onRetry'] as const)('retry.%s: faults with the thrown error', async (callback) => {
    const time = new VirtualTime()
    const told: string[] = []
    const projection = startProjection(ids, {
      store: unreadable(() => new Error('no connection')),
      scheduler: time,
      retry: {
        ...retry,
        [callback]: () => {
          throw new Error('cannot decide')
        },
      },
      onError: (error) => told.push(String(error)),
    })
    const state = record(projection.state$)
    time.runTo(100)
    expect(state.error).toMatchObject({ message: 'cannot decide' })
    expect(told).toEqual(['Error: no connection', 'Error: cannot decide'])
    expect(await unhandled.take()).toEqual([])
  })
})

describe('onInit and onCaughtUp', () => {
  test('receive the first snapshot of a run, and the latest one after the history was read', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    store.snapshots.save('ids', 1, { offset: 1, state: [1] })
    const told: unknown[] = []
    startProjection(ids, {
      store,
      scheduler: time,
      pageSize: 1,
      onInit: (snapshot) => told.push(['init', snapshot]),
      onCaughtUp: (snapshot) => told.push(['caught up', snapshot]),
    })
    time.runTo(0)
    append(store)
    expect(told).toEqual([
      ['init', { offset: 1, state: [1] }],
      ['caught up', { offset: 3, state: [1, 2, 3] }],
    ])
  })

  test('onInit may be slow: the first event waits for it', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, {
      store: storeWith(1),
      scheduler: time,
      onInit: async () => {
        await Promise.resolve()
      },
    })
    time.runTo(0)
    expect(projection.current).toBeUndefined()
    await time.passTo(0)
    expect(projection.current?.state).toEqual([1])
  })
})
