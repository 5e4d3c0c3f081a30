import { defineProjector, startProjector } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { Later } from '../support/Later.ts'
import { append, type Noted, storeWith } from '../support/notes.ts'
import { observerCount } from '../support/observerCount.ts'
import { record, watch } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const retry = { delay: 10, entropy: 0 }

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

  test('has at most two pages in memory, however slow it is', async () => {
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

  test('that rejects stores nothing, and is retried', async () => {
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

  test('that runs at a stop ends, and its position is stored; no other one begins', async () => {
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

  test('that hangs: stop() rejects with a TimeoutError, and a later result stores nothing', async () => {
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
  test('that runs at a stop is handled to its end', async () => {
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
  test('receives whole pages, and the position of the last event is stored', () => {
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
    expect(told).toMatchObject([{ name: 'HandlerError', event: { id: 3 }, through: 4 }])
    expect(store.positions.load('p')).toBe(2)
    await time.passTo(100)
    expect([pages, store.positions.load('p')]).toEqual([[[1, 2], [3, 4], [3], [4]], 4])
  })
})
