import {
  defineProjection,
  defineProjector,
  InvalidProjectionError,
  type ProjectorDefinition,
  startProjection,
} from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { storeWith } from '../support/notes.ts'
import { VirtualTime } from '../support/VirtualTime.ts'

const initialState = () => 0
const on = { Noted: (state: number) => state + 1 }

function refusal(define: () => unknown): InvalidProjectionError {
  try {
    define()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidProjectionError)
    return error as InvalidProjectionError
  }
  throw new Error('it was not refused')
}

describe('defineProjection', () => {
  const wrong: [string, unknown][] = [
    ['definition', undefined],
    ['definition', 'balances'],
    ['name', { initialState, on }],
    ['name', { name: '', initialState, on }],
    ['name', { name: 5, initialState, on }],
    ['name', { name: 'a@b', initialState, on }],
    ['version', { name: 'n', version: 0, initialState, on }],
    ['version', { name: 'n', version: 1.5, initialState, on }],
    ['version', { name: 'n', version: '2', initialState, on }],
    ['streams', { name: 'n', streams: [], initialState, on }],
    ['streams', { name: 'n', streams: 'a', initialState, on }],
    ['streams[1]', { name: 'n', streams: ['a', ''], initialState, on }],
    ['initialState', { name: 'n', initialState: 0, on }],
    ['initialState', { name: 'n', on }],
    ['on', { name: 'n', initialState }],
    ['on', { name: 'n', initialState, on, evolve: () => 0 }],
    ['on', { name: 'n', initialState, on: [] as unknown as null, evolve: () => 0 }],
    ['on', { name: 'n', initialState, on: 5 }],
    ['on.Noted', { name: 'n', initialState, on: { Noted: 5 } }],
    ['evolve', { name: 'n', initialState, evolve: 5 }],
    ['ignore', { name: 'n', initialState, on, ignore: 'all' }],
    ['ignore[0]', { name: 'n', initialState, on, ignore: [5] }],
    ['ignore', { name: 'n', initialState, on, ignore: ['Noted'] }],
    ['ignore', { name: 'n', initialState, evolve: () => 0, ignore: 'others' }],
    ['handlers', { name: 'n', initialState, handlers: on }],
  ]

  test.each(wrong)('refuses a wrong %s, and names it', (field, definition) => {
    const error = refusal(() => defineProjection(definition as Parameters<typeof defineProjection<number>>[0]))
    expect(error.field).toBe(field)
    expect(error.message).toContain(field)
    expect(error.retryable).toBe(false)
  })

  test('fills in version 1 and the whole log', () => {
    expect(defineProjection({ name: 'n', initialState, on })).toMatchObject({
      name: 'n',
      version: 1,
      streams: undefined,
    })
  })

  test('does not change when the given object changes', () => {
    const streams = ['a', 'b', 'a']
    const projection = defineProjection({ name: 'n', streams, initialState, on })
    streams.push('c')
    expect(projection.streams).toEqual(['a', 'b'])
    expect(() => Object.assign(projection, { name: 'other' })).toThrow(TypeError)
  })

  test('an event type never finds an inherited property of objects', () => {
    const time = new VirtualTime()
    const projection = defineProjection({ name: 'n', initialState, on: { ...on } })
    for (const type of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      const store = storeWith(0)
      store.events.append('a', [{ type, payload: null }])
      const handle = startProjection(projection, { store, scheduler: time, strictOnline: false })
      time.runNow()
      expect(handle.current).toEqual({ offset: 1, state: 0 })
    }
  })

  test('evolve folds every type but the ignored ones', () => {
    const time = new VirtualTime()
    const projection = defineProjection<string, { type: string; payload: null }>({
      name: 'types',
      initialState: () => '',
      ignore: ['Silent'],
      evolve: (state, { type }) => `${state} ${type}`,
    })
    const store = storeWith(0)
    for (const type of ['A', 'Silent', 'B']) store.events.append('a', [{ type, payload: null }])
    const handle = startProjection(projection, { store, scheduler: time })
    time.runNow()
    expect(handle.current).toEqual({ offset: 3, state: ' A B' })
  })

  test("ignore: 'others' skips all types without a handler, and is still strict", () => {
    const time = new VirtualTime()
    const projection = defineProjection<number, { type: 'Noted' | 'Other'; payload: unknown }>({
      name: 'n',
      initialState,
      on,
      ignore: 'others',
    })
    const store = storeWith(2)
    store.events.append('a', [{ type: 'Other', payload: null }])
    const handle = startProjection(projection, { store, scheduler: time })
    time.runNow()
    expect(handle.current).toEqual({ offset: 3, state: 2 })
  })
})

describe('defineProjector', () => {
  const process = () => undefined
  const wrong: [string, unknown][] = [
    ['definition', undefined],
    ['name', { process }],
    ['name', { name: '', process }],
    ['name', { name: 'a@b', process }],
    ['streams', { name: 'n', streams: [], process }],
    ['streams[0]', { name: 'n', streams: [5], process }],
    ['process', { name: 'n' }],
    ['process', { name: 'n', process, processPage: process }],
    ['process', { name: 'n', process: 5 }],
    ['processPage', { name: 'n', processPage: 5 }],
    ['transaction', { name: 'n', process, transaction: 'batch' }],
    ['transaction', { name: 'n', processPage: process, transaction: 'event' }],
    ['version', { name: 'n', process, version: 0 }],
    ['version', { name: 'n', process, version: 1.5 }],
    ['version', { name: 'n', process, version: '2' }],
    ['handlers', { name: 'n', process, handlers: {} }],
  ]

  test.each(wrong)('refuses a wrong %s, and names it', (field, definition) => {
    const error = refusal(() => defineProjector(definition as ProjectorDefinition<never, unknown>))
    expect(error.field).toBe(field)
    expect(error.message).toContain(field)
  })

  test('commits event by event by default; with processPage always a page', () => {
    expect(defineProjector({ name: 'n', process }).transaction).toBe('event')
    expect(defineProjector({ name: 'n', process, transaction: 'page' }).transaction).toBe('page')
    expect(defineProjector({ name: 'n', processPage: process }).transaction).toBe('page')
  })
})
