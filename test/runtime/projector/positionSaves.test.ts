import { defineProjector, type LogEvent, type OpenStore, PositionConflictError, startProjector } from 'rx-projection'
import { concat, NEVER, of } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { fakeTransactions, type Ledger } from '../support/fakeTransactions.ts'
import { append, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

type Save = OpenStore['positions']['save']

const retry = { delay: 10, entropy: 0 }

/** A store whose saves of positions fail, or do something else, while `during` says so; its log has some events. */
function failing(count: number, during: (save: Save, ...asked: Parameters<Save>) => ReturnType<Save>) {
  const { transactions: _, ...store } = storeWith(count)
  const saves: Parameters<Save>[] = []
  const save: Save = (...asked) => {
    saves.push(asked)
    return during(store.positions.save, ...asked)
  }
  return { store: { ...store, positions: { ...store.positions, save } }, saves }
}

const full = (): never => {
  throw new Error('disk full')
}

/** Saves that fail for some time. */
function fullUntil(time: VirtualTime, end: number) {
  return (save: Save, ...asked: Parameters<Save>) => (time.frame < end ? full() : save(...asked))
}

function start(time: VirtualTime, store: OpenStore, more: object = {}) {
  const handled: number[] = []
  const told: string[] = []
  const projector = startProjector(
    defineProjector<Noted>({ name: 'p', process: ({ id }) => handled.push(id), ...more }),
    { store, scheduler: time, retry, onError: (error) => told.push(String(error)) },
  )
  return { projector, handled, told, status: record(projector.status$), position: record(projector.position$) }
}

describe('a save of a position that fails', () => {
  test('is retried alone, with the waits of the run, until it succeeds', () => {
    const time = new VirtualTime()
    const { store, saves } = failing(2, fullUntil(time, 35))
    const run = start(time, store)
    const retries = record(run.projector.telemetry$)
    time.runTo(30)
    expect([run.handled, store.positions.load('p'), run.position.values]).toEqual([[1], 0, [0]])
    expect(run.status.values.at(-1)).toBe('retrying')
    time.runTo(40)
    expect([run.handled, store.positions.load('p')]).toEqual([[1, 2], 2])
    expect(saves.map(([, position]) => position)).toEqual([1, 1, 1, 1, 1, 2])
    expect(run.told).toEqual(Array.from({ length: 4 }, () => 'Error: disk full'))
    expect(run.position.values).toEqual([0, 1, 2])
    expect(run.status.values.at(-1)).toBe('live')
    expect(retries.values.filter(({ type }) => type === 'retry').length).toBe(4)
  })

  test('counts no failure of a handler, and faults when no retries are left', () => {
    const time = new VirtualTime()
    const { store } = failing(1, full)
    const handled: number[] = []
    const projector = startProjector(defineProjector<Noted>({ name: 'p', process: ({ id }) => handled.push(id) }), {
      store,
      scheduler: time,
      retry: { ...retry, count: 5 },
      handlerFailures: 1,
      onError: () => undefined,
    })
    const position = record(projector.position$)
    time.runTo(100)
    expect([handled, position.error]).toEqual([[1], new Error('disk full')])
  })

  test('is retried alone if it is a promise', async () => {
    const time = new VirtualTime()
    const until = fullUntil(time, 25)
    const { store } = failing(2, async (...asked) => until(...asked))
    const run = start(time, store, { process: async ({ id }: LogEvent) => void run.handled.push(id) })
    await time.passTo(100)
    expect([run.handled, store.positions.load('p'), run.told.length]).toEqual([[1, 2], 2, 3])
  })

  test('is retried alone for a page, also for the events before a failed one', () => {
    const time = new VirtualTime()
    const { store } = failing(3, fullUntil(time, 15))
    let poison = 1
    const run = start(time, store, {
      transaction: 'page',
      process({ id }: LogEvent) {
        if (id === 3 && poison-- > 0) throw new Error('poison')
        run.handled.push(id)
      },
    })
    time.runTo(100)
    expect([run.handled, store.positions.load('p')]).toEqual([[1, 2, 3], 3])
  })

  test('is retried alone for a page that is handled as a whole', () => {
    const time = new VirtualTime()
    const { store } = failing(3, fullUntil(time, 15))
    const run = start(time, store, {
      process: undefined,
      processPage: (events: readonly LogEvent[]) => run.handled.push(...events.map(({ id }) => id)),
    })
    time.runTo(100)
    expect([run.handled, store.positions.load('p')]).toEqual([[1, 2, 3], 3])
  })

  test('is retried alone for a push source', () => {
    const time = new VirtualTime()
    const { store, saves } = failing(0, fullUntil(time, 15))
    const handled: number[] = []
    const asked: number[] = []
    startProjector(defineProjector<Noted>({ name: 'p', process: ({ id }) => handled.push(id) }), {
      source: (after) => {
        asked.push(after)
        const events = upTo(3).filter((id) => id > after)
        return concat(of(...events.map((id) => ({ id, stream: 'a', type: 'Noted', payload: { n: id } }))), NEVER)
      },
      positions: store.positions,
      scheduler: time,
      retry,
      onError: () => undefined,
    })
    time.runTo(100)
    expect([handled, asked, store.positions.load('p')]).toEqual([[1, 2, 3], [0, 1], 3])
    expect(saves.some(([, , options]) => options !== undefined && 'mark' in options)).toBe(false)
  })

  test('is repeated together with the handler inside a transaction', () => {
    const time = new VirtualTime()
    const plain = storeWith(1)
    const { transactions, entries, control } = fakeTransactions(plain.positions)
    control.failNextCommit = new Error('disk full')
    let calls = 0
    const write = defineProjector<Noted, Ledger>({
      name: 'p',
      process: ({ id }, ledger) => ledger.write([++calls, id]),
    })
    startProjector(write, { store: { ...plain, transactions }, scheduler: time, retry, onError: () => undefined })
    time.runTo(100)
    expect([entries, plain.positions.load('p')]).toEqual([[[2, 1]], 1])
  })
})

describe('a save of a position whose answer is lost', () => {
  test('turns out to have arrived, and is not repeated', () => {
    const time = new VirtualTime()
    let lost = 0
    const { store, saves } = failing(2, (save, ...asked) => {
      save(...asked)
      if (lost++ === 0) throw new Error('connection lost')
    })
    const run = start(time, store)
    time.runTo(100)
    expect([run.handled, run.told]).toEqual([[1, 2], ['Error: connection lost']])
    expect(saves.map(([, position]) => position)).toEqual([1, 2])
  })

  test('is a success if a conflict shows it', () => {
    const time = new VirtualTime()
    const { store } = failing(2, (save, ...asked) => {
      save(...asked)
      if (asked[1] === 1) throw new PositionConflictError({ projector: 'p', expected: 0, actual: 1 })
    })
    const run = start(time, store)
    time.runTo(0)
    expect([run.handled, run.told, run.position.values]).toEqual([[1, 2], [], [0, 1, 2]])
  })
})

describe('a save of a position that conflicts with another one', () => {
  test('hydrates again, from the stored position', () => {
    const time = new VirtualTime()
    let moved = false
    const { store } = failing(3, (save, ...asked) => {
      if (!moved) save('p', 2)
      moved = true
      return save(...asked)
    })
    const run = start(time, store)
    time.runTo(100)
    expect([run.handled, run.told.length, store.positions.load('p')]).toEqual([[1, 3], 1, 3])
  })

  test('handles again the events after a position that was moved back meanwhile', () => {
    const time = new VirtualTime()
    const { store } = failing(2, (save, ...asked) => (time.frame === 20 ? full() : save(...asked)))
    const run = start(time, store)
    time.at(20, () => append(store, 1))
    time.at(25, () => store.positions.save('p', 1))
    time.runTo(100)
    expect([run.handled, store.positions.load('p')]).toEqual([[1, 2, 3, 2, 3], 3])
  })
})

describe('a handled event whose position is not saved', () => {
  test('is saved before anything else if the run failed while the handler was at work', async () => {
    const time = new VirtualTime()
    const { store } = failing(1, (save, ...asked) => save(...asked))
    let reads = 0
    const read: typeof store.events.read = (asked) => {
      if (++reads === 2) throw new Error('out of reach')
      return store.events.read(asked)
    }
    let finish: (() => void) | undefined
    const run = start(time, { ...store, events: { ...store.events, read } } as OpenStore, {
      process: ({ id }: LogEvent) => {
        run.handled.push(id)
        return id > 1 ? undefined : new Promise<void>((resolve) => (finish = resolve))
      },
    })
    await time.passTo(1)
    await append(store, 1)
    await time.passTo(50)
    finish!()
    await time.passTo(200)
    expect([run.handled, store.positions.load('p')]).toEqual([[1, 2], 2])
  })

  test('is saved by one more try when the run is stopped between two tries', async () => {
    const time = new VirtualTime()
    const { store, saves } = failing(1, fullUntil(time, 15))
    const run = start(time, store)
    time.runTo(18)
    expect([saves.length, run.status.values.at(-1)]).toEqual([2, 'retrying'])
    await run.projector.stop()
    expect([run.handled, store.positions.load('p'), saves.length]).toEqual([[1], 1, 3])
  })

  test('is reported, and not retried, when that fails', async () => {
    const time = new VirtualTime()
    const { store, saves } = failing(1, full)
    const run = start(time, store)
    time.runTo(5)
    await run.projector.stop()
    expect([run.told.length, saves.length, run.status.values.at(-1)]).toEqual([2, 2, 'stopped'])
    expect(time.timers).toBe(0)
  })

  test('is saved by one try when a stop comes while the handler is at work', async () => {
    const time = new VirtualTime()
    const { store, saves } = failing(1, full)
    let finish: (() => void) | undefined
    const run = start(time, store, { process: () => new Promise<void>((resolve) => (finish = resolve)) })
    await time.passTo(1)
    const stopped = run.projector.stop()
    finish!()
    await stopped
    expect([run.told, saves.length]).toEqual([['Error: disk full'], 1])
  })
})

test('a position is saved with the mark of its event', () => {
  const time = new VirtualTime()
  const { store, saves } = failing(1, (save, ...asked) => save(...asked))
  start(time, store)
  time.runTo(0)
  expect(saves).toEqual([
    ['p', 1, { expected: 0, mark: { position: 1, stream: 'a', revision: 1, recordedAt: '2026-01-01T00:00:00Z' } }],
  ])
})
