import { defineProjection, type EventType, InvalidProjectionError } from 'rx-projection/operators'
import { describe, expect, it } from 'vitest'

const initialState = (): number => 0
const on = { Sold: (sum: number): number => sum + 1 }
const good = { name: 'total', initialState, on }

/** What is said of a wrong definition. */
function refused(definition: unknown): InvalidProjectionError {
  try {
    defineProjection(definition as never)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidProjectionError)
    return error as InvalidProjectionError
  }
  throw new Error('it is taken')
}

describe('defineProjection', () => {
  it('returns a frozen projection, version 1 by default', () => {
    const projection = defineProjection<number, EventType>(good)
    expect(projection).toMatchObject({ name: 'total', version: 1, streams: undefined, initialState })
    expect(Object.isFrozen(projection)).toBe(true)
  })

  it('keeps name, version and streams, each stream once, in a copy', () => {
    const streams = ['a', 'b', 'a']
    const projection = defineProjection<number, EventType>({ ...good, version: 7, streams })
    streams.push('c')
    expect(projection).toMatchObject({ version: 7, streams: ['a', 'b'] })
    expect(Object.isFrozen(projection.streams)).toBe(true)
  })

  it('knows the handler of each type', () => {
    const { handlerOf } = defineProjection<number, EventType>({ ...good, ignore: ['Visited'] })
    expect(handlerOf('Sold')).toBe(on.Sold)
    expect(handlerOf('Visited')).toBe('ignore')
    expect(handlerOf('Unknown')).toBeUndefined()
    expect(handlerOf('toString')).toBeUndefined()
    expect(handlerOf('__proto__')).toBeUndefined()
  })

  it.each([1, 8, 9, 100])('knows the handler of each of %i types', (count) => {
    const types = Array.from({ length: count }, (_, index) => `Type${index}`)
    const handlers = Object.fromEntries(types.map((type, index) => [type, (sum: number) => sum + index]))
    const define = (ignore?: 'others') =>
      defineProjection<number, EventType>({ ...good, on: handlers, ignore }).handlerOf
    expect(types.map(define())).toEqual(Object.values(handlers))
    expect(types.map(define('others'))).toEqual(Object.values(handlers))
    expect([define()('Unknown'), define('others')('Unknown')]).toEqual([undefined, 'ignore'])
    expect([define()('__proto__'), define()('toString')]).toEqual([undefined, undefined])
  })

  it("with `ignore: 'others'`, ignores all types without a handler", () => {
    const { handlerOf } = defineProjection<number, EventType>({ ...good, ignore: 'others' })
    expect(handlerOf('Sold')).toBe(on.Sold)
    expect(handlerOf('Unknown')).toBe('ignore')
  })

  it('with `evolve`, handles every type but the ignored ones', () => {
    const evolve = (sum: number): number => sum + 1
    const { handlerOf } = defineProjection<number, EventType>({ name: 'n', initialState, ignore: ['Visited'], evolve })
    expect(handlerOf('Sold')).toBe(evolve)
    expect(handlerOf('Visited')).toBe('ignore')
  })

  it('may have no handler at all, and ignore nothing', () => {
    expect(defineProjection<number, EventType>({ name: 'n', initialState, on: {} }).handlerOf('Sold')).toBeUndefined()
  })

  it.each<[field: string, definition: unknown, value: unknown]>([
    ['definition', undefined, undefined],
    ['definition', null, null],
    ['definition', 'total', 'total'],
    ['name', { initialState, on }, undefined],
    ['name', { ...good, name: '' }, ''],
    ['name', { ...good, name: 5 }, 5],
    ['name', { ...good, name: 'total@home' }, 'total@home'],
    ['version', { ...good, version: 0 }, 0],
    ['version', { ...good, version: 1.5 }, 1.5],
    ['version', { ...good, version: '1' }, '1'],
    ['version', { ...good, version: null }, null],
    ['initialState', { name: 'n', on }, undefined],
    ['initialState', { ...good, initialState: 0 }, 0],
    ['streams', { ...good, streams: 'orders' }, 'orders'],
    ['streams[1]', { ...good, streams: ['orders', ''] }, ''],
    ['streams[0]', { ...good, streams: [5] }, 5],
    ['on', { name: 'n', initialState }, undefined],
    ['on', { ...good, evolve: () => 0 }, on],
    ['on', { ...good, on: null }, null],
    ['on', { ...good, on: 'Sold' }, 'Sold'],
    ['on.Sold', { ...good, on: { Sold: 'sum' } }, 'sum'],
    ['evolve', { name: 'n', initialState, evolve: 'sum' }, 'sum'],
    ['ignore', { ...good, ignore: 'all' }, 'all'],
    ['ignore', { ...good, ignore: ['Sold'] }, 'Sold'],
    ['ignore', { name: 'n', initialState, evolve: () => 0, ignore: 'others' }, 'others'],
    ['ignore[1]', { ...good, ignore: ['Visited', 5] }, 5],
  ])('names the field that is wrong: %s', (field, definition, value) => {
    expect(refused(definition)).toMatchObject({ name: 'InvalidProjectionError', field, value, retryable: false })
    expect(refused(definition).message).toMatch(`${field} must be `)
  })

  it.each([
    ['snapshotEvery', 'unknown field: snapshotEvery; known are name, version,'],
    ['initalState', 'unknown field: initalState; did you mean initialState?'],
  ])('names a field that is unknown: %s', (field, message) => {
    const error = refused({ ...good, [field]: 100 })
    expect(error).toMatchObject({ name: 'InvalidProjectionError', field, value: 100, retryable: false })
    expect(error.message).toMatch(message)
  })

  it('refuses a list of no streams, which would match nothing', () => {
    expect(refused({ ...good, streams: [] })).toMatchObject({ field: 'streams' })
  })
})
