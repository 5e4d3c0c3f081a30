import { defineProjector, type LogEvent, startProjector } from 'rx-projection'
import { concat, NEVER, of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

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
  collectUnhandled()

  test('handles history, then new events, and stores the position after each event', () => {
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

  test('continues from its stored position', () => {
    const time = new VirtualTime()
    const store = storeWith(5)
    store.positions.save('p', 3)
    const handled: number[] = []
    startProjector(noting(handled), { store, scheduler: time })
    time.runTo(0)
    expect(handled).toEqual([4, 5])
  })

  test('emits a position only after it is stored', async () => {
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

  test('that fails stores nothing for the event, is retried forever by default, and reports each failure', () => {
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

  test('with a save that fails retries the save, and does not handle the event again', () => {
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
    expect([handled, told, store.positions.load('p')]).toEqual([[1, 2], ['Error: disk full'], 2])
  })

  test('whose position another process has moved continues from there', () => {
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

  test('reports its steps', () => {
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

  test('supports waits', async () => {
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

  test('of selected streams moves over the others, and stores the position of its last event', () => {
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

describe('messages that are not events', () => {
  test('are reported, never handled, and the position moves over them', () => {
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
