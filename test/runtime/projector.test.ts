import { defineProjector, HandlerError, type LogEvent, startProjector } from 'rx-projection'
import { concat, NEVER, of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Later } from './support/Later.ts'
import { append, type Noted, storeWith, upTo } from './support/notes.ts'
import { observerCount } from './support/observerCount.ts'
import { record, watch } from './support/record.ts'
import { collectUnhandled } from './support/unhandled.ts'
import { VirtualTime } from './support/VirtualTime.ts'

const retry = { delay: 10, entropy: 0 }

/** A projector that writes down what it handles; `failures` says how often which event fails first. */
function noting(handled: number[], failures: Record<number, number> = {}) {
  return defineProjector<Noted>({
    name: 'p',
    process: ({ id }) => {
      handled.push(id)
      const left = failures[id] ?? 0
      if (left === 0) return
      failures[id] = left - 1
      throw new Error(`poison ${id}`)
    },
  })
}

describe('a projector', () => {
  const unhandled = collectUnhandled()

  test('handles history, then what comes, and stores the position behind each event', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const order: string[] = []
    const positions = {
      load: store.positions.load,
      save: (...save: Parameters<typeof store.positions.save>) => {
        order.push(`saved ${save[1]}`)
        return store.positions.save(...save)
      },
    }
    const projector = startProjector(defineProjector({ name: 'p', process: ({ id }) => order.push(`handled ${id}`) }), {
      store: { ...store, positions },
      scheduler: time,
    })
    const position = record(projector.position$, time)
    const status = record(projector.status$)
    expect(projector.position).toBeUndefined()
    time.at(5, () => append(store))
    time.runTo(10)
    expect(order).toEqual(upTo(4).flatMap((id) => [`handled ${id}`, `saved ${id}`]))
    expect(position.timed).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [0, 3],
      [5, 4],
    ])
    expect(status.values).toEqual(['hydrating', 'catching-up', 'live'])
    expect(projector.position).toBe(4)
  })

  test('goes on from its stored position', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    store.positions.save('p', 3)
    const handled: number[] = []
    startProjector(noting(handled), { store, scheduler: time })
    time.runTo(0)
    expect(handled).toEqual([4, 5])
  })

  test('emits a position only once it is stored', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const save = (...args: Parameters<typeof store.positions.save>) =>
      Later.after(time, 10, () => store.positions.save(...args))
    const projector = startProjector(noting([]), {
      store: { ...store, positions: { ...store.positions, save } },
      scheduler: time,
    })
    const position = record(projector.position$, time)
    await time.passTo(100)
    expect(position.timed).toEqual([
      [0, 0],
      [10, 1],
      [20, 2],
    ])
  })

  test('that fails stores nothing for the event, is tried again for ever by default, and tells each failure', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const handled: number[] = []
    const told: unknown[] = []
    startProjector(noting(handled, { 2: 100 }), {
      store,
      scheduler: time,
      retry,
      onError: (error, info) => told.push([error, info]),
    })
    time.runTo(995)
    expect(store.positions.load('p')).toBe(1)
    expect(told).toHaveLength(100)
    expect(told[41]).toMatchObject([
      { name: 'HandlerError', projection: 'p', event: { id: 2 }, cause: { message: 'poison 2' } },
      { attempt: 42, event: { id: 2 } },
    ])
    time.runTo(1_000)
    expect(store.positions.load('p')).toBe(3)
    expect(handled).toEqual([1, ...Array.from({ length: 101 }, () => 2), 3])
  })

  test('with handlerFailures faults, and position$ errors with the fault', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const options = { store, scheduler: time, retry, handlerFailures: 2 }
    const projector = startProjector(noting([], { 2: 2 }), options)
    const position = record(projector.position$)
    const status = record(projector.status$)
    time.runTo(1_000)
    expect(position).toMatchObject({ values: [0, 1], error: { name: 'HandlerError', event: { id: 2 } } })
    expect(status).toMatchObject({ completed: true, error: undefined })
    expect(status.values.at(-1)).toBe('faulted')
    expect(time.timers).toBe(0)
  })

  test('that faults with nobody to observe is reported as unhandled', async () => {
    const time = new VirtualTime()
    startProjector(noting([], { 1: 1 }), { store: storeWith(1), scheduler: time, handlerFailures: 1 })
    time.runTo(0)
    expect(await unhandled.take()).toMatchObject([{ name: 'HandlerError' }])
  })

  test('with a save that fails handles the event again: at least once', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    let saves = 0
    const save = (...args: Parameters<typeof store.positions.save>) => {
      if (++saves === 2) throw new Error('disk full')
      return store.positions.save(...args)
    }
    const handled: number[] = []
    const told: string[] = []
    startProjector(noting(handled), {
      store: { ...store, positions: { ...store.positions, save } },
      scheduler: time,
      retry,
      onError: (error) => told.push(String(error)),
    })
    time.runTo(10)
    expect([handled, told, store.positions.load('p')]).toEqual([[1, 2, 2], ['Error: disk full'], 2])
  })

  test('whose position somebody else has moved goes on from there', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const handled: number[] = []
    const told: unknown[] = []
    startProjector(noting(handled), { store, scheduler: time, retry, onError: (error) => told.push(error) })
    time.runTo(0)
    store.positions.save('p', 4)
    append(store, 3)
    time.runTo(10)
    expect(told).toMatchObject([{ name: 'PositionConflictError', projector: 'p', expected: 2, actual: 4 }])
    expect([handled, store.positions.load('p')]).toEqual([[1, 2, 3, 5], 5])
  })

  test('whose stored position is ahead of the log handles nothing', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    store.positions.save('p', 3)
    const handled: number[] = []
    const projector = startProjector(noting(handled), { store, scheduler: time, onError: () => undefined })
    time.runTo(0)
    append(store, 2)
    expect(handled).toEqual([])
    expect(record(projector.position$).error).toMatchObject({ name: 'SnapshotAheadError', offset: 3, head: 2 })
  })

  test('tells of its steps', () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const projector = startProjector(noting([]), { store, scheduler: time, instance: 'i' })
    const telemetry = record(projector.telemetry$)
    time.runTo(0)
    append(store)
    expect(telemetry.values).toMatchObject([
      { projection: 'p@i', type: 'init', offset: 0 },
      { type: 'catchUp.start', after: 0 },
      { type: 'replay', offset: 1, events: 1 },
      { type: 'replay', offset: 2, events: 1 },
      { type: 'catchUp.stop', position: 2, events: 2 },
      { type: 'caughtUp', position: 2 },
      { type: 'evolve', offset: 3, events: 1 },
    ])
  })

  test('can be waited for', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const handled: number[] = []
    const { hints$: _, ...deaf } = store.events
    const projector = startProjector(noting(handled), { store: { ...store, events: deaf }, scheduler: time })
    time.runTo(0)
    await append(store)
    await projector.whenCaughtUp()
    expect(handled).toEqual([1, 2, 3, 4])
    const { position } = await append(store)
    await projector.whenProcessed(position)
    expect(handled).toEqual([1, 2, 3, 4, 5])
    await append(store)
    await projector.catchUp()
    expect(handled).toEqual(upTo(6))
  })

  test('of some streams moves over the others, and stores the position of its last event', () => {
    const time = new VirtualTime()
    const store = storeWith(0)
    append(store, 2, 'a')
    append(store, 2, 'b')
    append(store, 2, 'a')
    const handled: number[] = []
    const ofB = defineProjector<Noted>({ name: 'p', streams: ['b'], process: ({ id }) => handled.push(id) })
    const projector = startProjector(ofB, { store, scheduler: time })
    time.runTo(0)
    expect([handled, projector.position, store.positions.load('p')]).toEqual([[3, 4], 6, 4])
  })
})

describe('an asynchronous handler', () => {
  /** Takes 10 ms over each event. */
  function slow(time: VirtualTime, handled: number[], fails: (id: number) => boolean = () => false) {
    return defineProjector<Noted>({
      name: 'p',
      process: ({ id }) => {
        handled.push(id)
        return Later.after(time, 10, () => {
          if (fails(id)) throw new Error(`poison ${id}`)
        })
      },
    })
  }

  test('handles one event at a time; the position follows its success', async () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    const handled: number[] = []
    const projector = startProjector(slow(time, handled), { store, scheduler: time })
    const position = record(projector.position$, time)
    await time.passTo(15)
    expect([handled, store.positions.load('p')]).toEqual([[1, 2], 1])
    await time.passTo(100)
    expect(position.timed).toEqual([
      [0, 0],
      [10, 1],
      [20, 2],
      [30, 3],
    ])
  })

  test('however slow has no more than two pages in memory', async () => {
    const time = new VirtualTime()
    const store = storeWith(100)
    let reads = 0
    const read = (options: Parameters<typeof store.events.read>[0]) => {
      reads++
      return store.events.read(options)
    }
    startProjector(slow(time, []), {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      pageSize: 10,
    })
    await time.passTo(99)
    expect(reads).toBe(1)
    await time.passTo(100)
    expect(reads).toBe(2)
  })

  test('that rejects stores nothing, and is tried again', async () => {
    const time = new VirtualTime()
    const store = storeWith(2)
    const handled: number[] = []
    let failed = false
    const once = (id: number): boolean => {
      if (id !== 2 || failed) return false
      failed = true
      return true
    }
    startProjector(slow(time, handled, once), { store, scheduler: time, retry, onError: () => undefined })
    await time.passTo(25)
    expect([handled, store.positions.load('p')]).toEqual([[1, 2], 1])
    await time.passTo(100)
    expect([handled, store.positions.load('p')]).toEqual([[1, 2, 2], 2])
  })

  test('in hand when it is stopped ends, and its position is stored; no other one begins', async () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    const handled: number[] = []
    const counted = observerCount(store.events.hints$)
    const events = { ...store.events, hints$: counted.observable }
    const projector = startProjector(slow(time, handled), { store: { ...store, events }, scheduler: time })
    await time.passTo(15)
    const stopped = watch(projector.stop())
    await time.passTo(19)
    expect(stopped.state).toBe('pending')
    await time.passTo(20)
    expect([stopped.state, store.positions.load('p'), handled]).toEqual(['resolved', 2, [1, 2]])
    await time.passTo(100)
    expect([handled, time.timers, counted.observers]).toEqual([[1, 2], 0, 0])
  })

  test('that hangs: stop() rejects with a TimeoutError, and what comes of it later stores nothing', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const hanging = new Later<void>()
    const projector = startProjector(defineProjector({ name: 'p', process: () => hanging }), { store, scheduler: time })
    await time.passTo(0)
    const stopped = watch(projector.stop())
    await time.passTo(5_000)
    expect(stopped).toMatchObject({ state: 'rejected', error: { name: 'TimeoutError' } })
    hanging.resolve()
    await time.passTo(6_000)
    expect([store.positions.load('p'), time.timers]).toEqual([0, 0])
  })
})

describe('a synchronous page', () => {
  test('in hand when it is stopped is handled to its end', async () => {
    const time = new VirtualTime()
    const store = storeWith(6)
    const handled: number[] = []
    let stopped: Promise<void> | undefined
    const projector = startProjector(
      defineProjector<Noted>({
        name: 'p',
        process: ({ id }) => {
          if (id === 2) stopped = projector.stop()
          handled.push(id)
        },
      }),
      { store, scheduler: time, pageSize: 4 },
    )
    time.runTo(0)
    await stopped
    expect([handled, store.positions.load('p')]).toEqual([[1, 2, 3, 4], 4])
  })
})

describe('processPage', () => {
  test('is given whole pages, and the position of the last event is stored', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    const pages: number[][] = []
    const set = defineProjector<Noted>({ name: 'p', processPage: (events) => pages.push(events.map(({ id }) => id)) })
    const projector = startProjector(set, { store, scheduler: time, pageSize: 2 })
    const position = record(projector.position$)
    time.runTo(0)
    append(store)
    expect(pages).toEqual([[1, 2], [3, 4], [5], [6]])
    expect(position.values).toEqual([0, 2, 4, 5, 6])
    expect(store.positions.load('p')).toBe(6)
  })

  test('that fails names the first event of the page, unless it says which one it was', () => {
    for (const named of [undefined, 3]) {
      const time = new VirtualTime()
      const told: unknown[] = []
      const set = defineProjector<Noted>({
        name: 'p',
        processPage: (events) => {
          const event = events.find(({ id }) => id === named)
          if (event === undefined) throw new Error('constraint')
          throw new HandlerError({ event, projection: 'p', cause: 'constraint' })
        },
      })
      const options = { store: storeWith(4), scheduler: time, handlerFailures: 1 }
      startProjector(set, { ...options, onError: (error) => told.push(error) })
      time.runTo(0)
      expect(told).toMatchObject([{ name: 'HandlerError', event: { id: named ?? 1 } }])
      expect((told[0] as HandlerError).cause).not.toBeInstanceOf(HandlerError)
    }
  })

  test('may be asynchronous; a rejection is a HandlerError', async () => {
    const time = new VirtualTime()
    const store = storeWith(4)
    let failures = 1
    const pages: number[][] = []
    const told: unknown[] = []
    const set = defineProjector<Noted>({
      name: 'p',
      processPage: (events) =>
        Later.after(time, 10, () => {
          pages.push(events.map(({ id }) => id))
          if (events[0]?.id === 3 && failures-- > 0) throw new Error('constraint')
        }),
    })
    startProjector(set, { store, scheduler: time, pageSize: 2, retry, onError: (error) => told.push(error) })
    await time.passTo(25)
    expect(told).toMatchObject([{ name: 'HandlerError', event: { id: 3 } }])
    expect(store.positions.load('p')).toBe(2)
    await time.passTo(100)
    expect([pages, store.positions.load('p')]).toEqual([
      [
        [1, 2],
        [3, 4],
        [3, 4],
      ],
      4,
    ])
  })
})

describe('messages that are no events', () => {
  test('are told, never handled, and the position moves over them', () => {
    const time = new VirtualTime()
    const { positions } = storeWith(0)
    const messages = [
      { id: 1, stream: 'a', type: 'Noted', payload: 1 },
      { id: 2 },
      { id: 3, stream: 'a', type: 'Noted' },
    ]
    const source = () => concat(of(...(messages as LogEvent[]), { ...messages[0], id: 4 } as LogEvent), NEVER)
    const handled: number[] = []
    const projector = startProjector(noting(handled), { source, positions, scheduler: time })
    const telemetry = record(projector.telemetry$)
    time.runTo(0)
    expect([handled, positions.load('p')]).toEqual([[1, 4], 4])
    expect(telemetry.values.filter(({ type }) => type === 'unhandled')).toMatchObject([
      { message: { id: 2 } },
      { message: { id: 3 } },
    ])
  })
})
