import {
  defineProjection,
  InvalidPageError,
  InvalidPositionError,
  InvalidProjectionError,
  type LogEvent,
  PositionConflictError,
  type ProjectionError,
  SnapshotAheadError,
  StaleEventError,
  StoreError,
  startProjection,
  UnknownEventError,
  UnserializableError,
} from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { ids, type Noted, storeWith, upTo } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

type Read = ReturnType<typeof storeWith>['events']['read']

/** A store whose reads fail as told; the times of all reads. */
function failingReads(time: VirtualTime, fails: (reads: number) => unknown, count = 2) {
  const store = storeWith(count)
  const reads: number[] = []
  const read: Read = (options) => {
    reads.push(time.frame)
    const error = fails(reads.length)
    if (error !== undefined) throw error
    return store.events.read(options)
  }
  return { store: { ...store, events: { ...store.events, read } }, reads }
}

const event: LogEvent = { id: 3, stream: 'a', type: 'Noted', payload: 1 }

describe('retrying', () => {
  test('by default waits 1 s and up to 0.5 s more, doubles up to 30 s, and continues forever', () => {
    const time = new VirtualTime()
    const { store, reads } = failingReads(time, () => new Error('no connection'))
    const projection = startProjection(ids, { store, scheduler: time, random: () => 0.999 })
    time.runTo(200_000)
    const waits = reads.slice(1).map((at, index) => at - reads[index]!)
    expect(waits.slice(0, 8)).toEqual([1_500, 2_500, 4_500, 8_500, 16_500, 30_500, 30_500, 30_500])
    expect(record(projection.status$).values).toEqual(['retrying'])
  })

  test('by default draws the random part from 0 to 500 ms', () => {
    const time = new VirtualTime()
    const { store, reads } = failingReads(time, () => new Error('no connection'))
    startProjection(ids, { store, scheduler: time, random: () => 0 })
    time.runTo(1_000)
    expect(reads).toEqual([0, 1_000])
  })

  test('by default forgets earlier attempts after a run of 60 s', () => {
    const time = new VirtualTime()
    const { store, reads } = failingReads(time, (nth) =>
      nth <= 3 || nth === 6 ? new Error('no connection') : undefined,
    )
    startProjection(ids, { store, scheduler: time, random: () => 0 })
    // Fails at 0, 1 000 and 3 000; then runs from 7 000 on, polls at 37 000, and fails at 67 000.
    // The last run looks for the event of its snapshot first.
    time.runTo(68_000)
    expect(reads).toEqual([0, 1_000, 3_000, 7_000, 37_000, 67_000, 68_000, 68_000])
  })

  test('with a complete policy uses nothing of the default', () => {
    const time = new VirtualTime()
    const { store, reads } = failingReads(time, () => new Error('no connection'))
    startProjection(ids, { store, scheduler: time, retry: { delay: 10, entropy: 0 } })
    time.runTo(50)
    expect(reads).toEqual([0, 10, 20, 30, 40, 50])
  })

  test('with a count faults with the last error when no retries are left', () => {
    const time = new VirtualTime()
    const { store, reads } = failingReads(time, (nth) => new Error(`failure ${nth}`))
    const projection = startProjection(ids, { store, scheduler: time, retry: { delay: 10, entropy: 0, count: 2 } })
    const state = record(projection.state$)
    time.runTo(1_000)
    expect(reads).toEqual([0, 10, 20])
    expect(state.error).toMatchObject({ message: 'failure 3' })
  })

  test('with a retryIf that returns false faults with that error', () => {
    const time = new VirtualTime()
    const { store } = failingReads(time, (nth) => new Error(`failure ${nth}`))
    const asked: unknown[] = []
    const retryIf = (error: unknown, attempt: number) => {
      asked.push([String(error), attempt])
      return attempt < 2
    }
    const projection = startProjection(ids, { store, scheduler: time, retry: { delay: 10, entropy: 0, retryIf } })
    const state = record(projection.state$)
    time.runTo(1_000)
    expect(asked).toEqual([
      ['Error: failure 1', 1],
      ['Error: failure 2', 2],
    ])
    expect(state.error).toMatchObject({ message: 'failure 2' })
  })

  test('reports each retry to its own onRetry', () => {
    const time = new VirtualTime()
    const { store } = failingReads(time, (nth) => (nth < 3 ? new Error(`failure ${nth}`) : undefined))
    const retries: unknown[] = []
    const onRetry = (error: unknown, retry: object) => retries.push([String(error), retry])
    startProjection(ids, { store, scheduler: time, retry: { delay: 10, entropy: 0, onRetry } })
    time.runTo(1_000)
    expect(retries).toEqual([
      ['Error: failure 1', { attempt: 1, wait: 10 }],
      ['Error: failure 2', { attempt: 2, wait: 10 }],
    ])
  })

  test('delayFirst: waits before the first run, too', () => {
    const time = new VirtualTime()
    const { store, reads } = failingReads(time, () => undefined)
    const projection = startProjection(ids, {
      store,
      scheduler: time,
      retry: { delay: 10, entropy: 4, delayFirst: true },
      random: () => 0.5,
    })
    const status = record(projection.status$, time)
    time.runTo(100)
    expect(reads).toEqual([12])
    expect(status.timed).toEqual([
      [0, 'hydrating'],
      [12, 'catching-up'],
      [12, 'live'],
    ])
  })

  test('hydrates again: it continues from the last saved snapshot', () => {
    const time = new VirtualTime()
    const store = storeWith(6)
    const folded: number[] = []
    const counting = defineProjection<readonly number[], Noted>({
      name: 'ids',
      initialState: () => [],
      on: {
        Noted: (state, { id }) => {
          folded.push(id)
          return [...state, id]
        },
      },
    })
    let reads = 0
    const read: Read = (options) => {
      if (++reads === 3) throw new Error('no connection')
      return store.events.read(options)
    }
    const projection = startProjection(counting, {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      pageSize: 2,
      snapshotEvery: 4,
      retry: { delay: 10, entropy: 0 },
    })
    time.runTo(10)
    expect(folded).toEqual(upTo(6))
    expect(projection.current?.state).toEqual(upTo(6))
  })

  test('a gap is retried forever: it ends when the missing event appears', () => {
    const time = new VirtualTime()
    const store = storeWith(3)
    let hole = true
    const read: Read = (options) => {
      const page = store.events.read(options) as Extract<ReturnType<Read>, { events: unknown }>
      return hole ? { ...page, events: page.events.filter(({ id }) => id !== 2) } : page
    }
    const projection = startProjection(ids, {
      store: { ...store, events: { ...store.events, read } },
      scheduler: time,
      retry: { delay: 1_000, entropy: 0 },
    })
    const state = record(projection.state$, time)
    time.runTo(50_500)
    hole = false
    time.runTo(51_000)
    expect(state.timed).toEqual([
      [0, []],
      [0, [1]],
      [51_000, [1, 2, 3]],
    ])
  })
})

describe('an error that no retry helps faults immediately', () => {
  const notRetryable: ProjectionError[] = [
    new InvalidPositionError('id', 0, event),
    new UnknownEventError(event, 'ids'),
    new StaleEventError(event, 4),
    new SnapshotAheadError(5, 4),
    new InvalidProjectionError('name', 1, 'a string'),
    new InvalidPageError('head', 1, 'a page'),
    new StoreError('memory:', 'is closed'),
    new UnserializableError('$', 'a Date'),
  ]

  test.each(notRetryable.map((error) => [error.name, error] as const))('%s', (_, error) => {
    const time = new VirtualTime()
    const { store, reads } = failingReads(time, () => error)
    const projection = startProjection(ids, { store, scheduler: time })
    const state = record(projection.state$)
    time.runTo(100_000)
    expect(reads).toEqual([0])
    expect(state.error).toBe(error)
    expect(time.timers).toBe(0)
  })

  test('anything that says retryable: false, from any origin', () => {
    const time = new VirtualTime()
    const wrongPassword = Object.assign(new Error('wrong password'), { retryable: false })
    const { store } = failingReads(time, () => wrongPassword)
    const retryIf = () => true
    const projection = startProjection(ids, { store, scheduler: time, retry: { delay: 1, entropy: 0, retryIf } })
    const state = record(projection.state$)
    time.runTo(0)
    expect(state.error).toBe(wrongPassword)
  })

  test('and all other errors are retried', () => {
    for (const error of [
      new PositionConflictError({ projector: 'p', expected: 1, actual: 2 }),
      'text',
      null,
      undefined,
    ]) {
      const time = new VirtualTime()
      const store = storeWith(1)
      let failed = false
      const load = () => {
        if (failed) return undefined
        failed = true
        throw error
      }
      const projection = startProjection(ids, {
        store: { ...store, snapshots: { ...store.snapshots, load } },
        scheduler: time,
        retry: { delay: 1, entropy: 0 },
      })
      time.runTo(1)
      expect(projection.current?.state).toEqual([1])
    }
  })
})
