import { defineProjection, defineProjector, memory, startProjection, startProjector } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { append, ids, type Noted, storeWith } from '../support/notes.ts'
import { record } from '../support/record.ts'
import { promises, VirtualTime } from '../support/VirtualTime.ts'

describe('startProjection and startProjector', () => {
  const store = memory()
  const projector = defineProjector({ name: 'p', process: () => undefined })

  test('name the right function for a definition of the wrong kind, or for none', () => {
    expect(() => startProjection(projector as never, { store })).toThrow('start it with startProjector')
    expect(() => startProjector(ids as never, { store })).toThrow('start it with startProjection')
    const plain = { name: 'n', initialState: () => 0, on: {} }
    expect(() => startProjection(plain as never, { store })).toThrow(
      'startProjection(defineProjection({ … }), options)',
    )
    const plainProjector = { name: 'n', process: () => 0 }
    expect(() => startProjector(plainProjector as never, { store })).toThrow('startProjector(defineProjector({ … })')
  })

  test('refuse an initial state that a snapshot cannot store, with its path', () => {
    const maps = defineProjection<{ seen: Set<number> }, Noted>({
      name: 'maps',
      initialState: () => ({ seen: new Set() }),
      evolve: (state) => state,
    })
    expect(() => startProjection(maps, { store })).toThrow(
      'initialState must be a function whose state a snapshot can hold ($.seen is',
    )
  })

  test('with freeze report a handler that changes the state in place, on its event', () => {
    const time = new VirtualTime()
    const errors: unknown[] = []
    const careless = defineProjection<number[], Noted>({
      name: 'careless',
      initialState: () => [],
      evolve(state, { id }) {
        state.push(id)
        return state
      },
    })
    startProjection(careless, { store: storeWith(1), scheduler: time, freeze: true, onError: (e) => errors.push(e) })
    time.runTo(0)
    expect(errors).toMatchObject([{ name: 'HandlerError', event: { id: 1 } }])
  })

  test('change the default of retry if it has no delay', async () => {
    const time = new VirtualTime()
    let reads = 0
    const failing = storeWith(1)
    const read = (): never => {
      reads++
      throw new Error('no connection')
    }
    const projection = startProjection(ids, {
      store: { ...failing, events: { ...failing.events, read } },
      scheduler: time,
      random: () => 0,
      retry: { count: 2 },
      onError: () => undefined,
    })
    const status = record(projection.status$, time)
    time.runTo(100_000)
    expect(reads).toBe(3)
    expect(status.timed.at(-1)).toEqual([3_000, 'faulted'])
    await promises()
  })
})

describe('append', () => {
  test('refuses an unknown option and an unknown field, and stores nothing', async () => {
    const store = storeWith(0)
    await expect(append(store)).resolves.toBeDefined()
    const good = { type: 'Noted', payload: { n: 1 } }
    await expect(store.events.append('a', [good], { expectedVersion: 0 } as never)).rejects.toThrow(
      'unknown option: expectedVersion; did you mean expectedRevision?',
    )
    await expect(store.events.append('a', [good, { ...good, metdata: {} } as never])).rejects.toMatchObject({
      name: 'InvalidEventError',
      field: 'events[1].metdata',
      message: 'unknown field: events[1].metdata; did you mean events[1].metadata?',
    })
    expect(await store.events.read({ after: 0, limit: 9 })).toMatchObject({ head: 1 })
  })
})
