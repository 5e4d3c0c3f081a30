import {
  DuplicateRunError,
  defineProjection,
  defineProjector,
  memory,
  startProjection,
  startProjector,
  TimeoutError,
} from 'rx-projection'
import { map, NEVER } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { ids, type Noted, storeWith } from '../support/notes.ts'
import { poisoned } from '../support/poison.ts'
import { record, watch } from '../support/record.ts'
import { collectUnhandled } from '../support/unhandled.ts'
import { VirtualTime } from '../support/VirtualTime.ts'
import { collectWarnings } from '../support/warnings.ts'

const warnings = collectWarnings()
collectUnhandled()
const retry = { delay: 10, entropy: 0 }

function failingReads(error = new Error('no connection')) {
  const store = storeWith(1)
  const read = (): never => {
    throw error
  }
  return { ...store, events: { ...store.events, read } }
}

describe('a failure that nobody handles', () => {
  test('is a warning with the name, the position and the cause, once however often it is retried', async () => {
    const time = new VirtualTime()
    const cause = new Error('no connection')
    startProjection(ids, { store: failingReads(cause), scheduler: time, retry, instance: 'eu' })
    time.runTo(1_000)
    const taken = await warnings.take()
    expect(taken).toMatchObject([{ name: 'ProjectionWarning', projection: 'ids@eu', cause }])
    expect(taken[0]?.message).toBe(
      '"ids@eu" at position 0: no connection. It is tried again; pass onError to take its failures',
    )
  })

  test('is a warning for each kind and position', async () => {
    const time = new VirtualTime()
    startProjector(poisonedProjector({ 1: 2, 2: 2 }), { store: storeWith(2), scheduler: time, retry })
    time.runTo(1_000)
    expect(await warnings.take()).toMatchObject([{ cause: { event: { id: 1 } } }, { cause: { event: { id: 2 } } }])
  })

  test('of a save is also a warning: missing saves are visible', async () => {
    const time = new VirtualTime()
    const store = storeWith(1)
    const mapped = defineProjection<unknown, Noted>({ name: 'm', initialState: () => 0, evolve: () => new Map() })
    startProjection(mapped, { store, scheduler: time, snapshotEvery: 1 })
    time.runTo(0)
    expect(await warnings.take()).toMatchObject([{ projection: 'm', cause: { name: 'UnserializableError' } }])
  })

  test.each(['onError', 'telemetry$'])('is not a warning if %s receives it', async (taker) => {
    const time = new VirtualTime()
    const options = taker === 'onError' ? { onError: () => undefined } : {}
    const projection = startProjection(ids, { store: failingReads(), scheduler: time, retry, ...options })
    if (taker === 'telemetry$') projection.telemetry$.subscribe()
    time.runTo(1_000)
    expect(await warnings.take()).toEqual([])
  })
})

describe('a fault', () => {
  test('that nobody observes is a warning, and does not end the process', async () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned({ 1: 9 }), { store: storeWith(1), scheduler: time, retry })
    time.runTo(1_000)
    const taken = await warnings.take()
    expect(taken.at(-1)).toMatchObject({ projection: projection.name, cause: { name: 'HandlerError' } })
    expect(taken.at(-1)?.message).toContain('It has faulted and does not go on')
  })

  test('is a warning if state$ has subscribers without an error handler, also behind operators', async () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned({ 1: 9 }), { store: storeWith(1), scheduler: time, retry })
    const states: unknown[] = []
    projection.state$.subscribe((state) => states.push(state))
    projection.state$.subscribe({ next: (state) => states.push(state) })
    projection.state$.pipe(map(String)).subscribe((state) => states.push(state))
    projection.state$.subscribe()
    time.runTo(1_000)
    expect(states).toHaveLength(3)
    expect((await warnings.take()).filter(({ message }) => message.includes('has faulted'))).toHaveLength(1)
  })

  test('of a projector is also a warning', async () => {
    const time = new VirtualTime()
    const projector = startProjector(poisonedProjector({ 1: 9 }), {
      store: storeWith(1),
      scheduler: time,
      handlerFailures: 1,
    })
    projector.position$.subscribe()
    time.runTo(0)
    expect(await warnings.take()).toMatchObject([{ cause: { name: 'HandlerError' } }])
  })

  test('is not a warning if state$ has a subscriber that handles errors', async () => {
    const time = new VirtualTime()
    const projection = startProjection(poisoned({ 1: 1 }), {
      store: storeWith(1),
      scheduler: time,
      handlerFailures: 1,
    })
    const { error } = record(projection.state$)
    expect(error).toBeUndefined()
    time.runTo(0)
    expect(await warnings.take()).toEqual([])
  })
})

describe('a wait that takes too long', () => {
  test('reports the status of the run, how often it failed, and why', async () => {
    const time = new VirtualTime()
    const store = failingReads()
    const projection = startProjection(ids, { store, scheduler: time, retry, onError: () => undefined })
    const waiting = watch(projection.state({ timeout: 35 }))
    await time.passTo(100)
    expect(waiting.error).toBeInstanceOf(TimeoutError)
    expect(waiting.error).toMatchObject({ status: 'retrying', attempts: 4, cause: { message: 'no connection' } })
    expect(String(waiting.error)).toBe(
      'TimeoutError: state() took longer than 35 ms; it is retrying and has failed 4 times in a row, last with: no connection',
    )
  })

  test('reports no failures if there were none, or they are overcome', async () => {
    const time = new VirtualTime()
    const projection = startProjection(ids, { source: () => NEVER, snapshots: memory().snapshots, scheduler: time })
    const waiting = watch(projection.whenProcessed(9, { timeout: 20 }))
    await time.passTo(100)
    expect(String(waiting.error)).toContain('took longer than 20 ms; it is catching-up')
    expect(waiting.error).not.toHaveProperty('cause')
  })
})

describe('two runs', () => {
  const started = (store: object, options: object = {}, definition = ids) => {
    const time = new VirtualTime()
    const told: unknown[] = []
    const onError = (error: unknown) => told.push(error)
    const options_ = { store, scheduler: time, onError, ...options } as never
    return { projection: startProjection(definition, options_), told, time }
  }

  test('of one key in one store are reported at the second start', () => {
    const store = storeWith(1)
    started(store)
    const { told, time } = started({ ...store })
    time.runTo(0)
    expect(told).toMatchObject([{ name: 'DuplicateRunError', projection: 'ids', reason: 'running' }])
    expect(told[0]).toBeInstanceOf(DuplicateRunError)
  })

  test('are not reported if they have instances, are exclusive, or the first has ended', async () => {
    const store = storeWith(1)
    const first = started(store, { instance: 'a' })
    const others = [started(store, { instance: 'b' }), started(store, { exclusive: true }), started(storeWith(1))]
    for (const { time } of [first, ...others]) time.runTo(0)
    await first.projection.stop()
    const again = started(store, { instance: 'a' })
    again.time.runTo(0)
    expect([first, ...others, again].flatMap(({ told }) => told)).toEqual([])
  })

  test('of one name and version with different definitions are reported, also one after the other', async () => {
    const store = storeWith(1)
    const first = started(store)
    first.time.runTo(0)
    await first.projection.stop()
    const other = defineProjection<readonly number[], Noted>({ name: 'ids', initialState: () => [], evolve: (s) => s })
    const { told, time } = started(store, {}, other)
    time.runTo(0)
    expect(told).toMatchObject([{ name: 'DuplicateRunError', reason: 'definition' }])
  })

  test('a projection and a projector of one name do not share a key', () => {
    const store = storeWith(1)
    started(store)
    const time = new VirtualTime()
    const told: unknown[] = []
    startProjector(defineProjector({ name: 'ids', process: () => undefined }), {
      store,
      scheduler: time,
      onError: (error) => told.push(error),
    })
    time.runTo(0)
    expect(told).toEqual([])
  })
})

function poisonedProjector(fails: Record<number, number>) {
  const left = new Map(Object.entries(fails))
  return defineProjector<Noted>({
    name: 'p',
    process({ id }) {
      const times = left.get(String(id)) ?? 0
      left.set(String(id), times - 1)
      if (times > 0) throw new Error(`cannot process ${id}`)
    },
  })
}
