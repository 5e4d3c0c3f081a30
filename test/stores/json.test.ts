import { deepStrictEqual } from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { UnserializableError } from 'rx-projection'
import { describe, expect, test } from 'vitest'
import { checkJson, frozenJson, MAX_DEPTH } from '../../operators/model/json.ts'

/**
 * Keys without a backslash: V8's `JSON.parse` takes a key with an escape for a key with a backslash that it has met at the
 * same place before, such as `"\\n"` for `"\\\\"`. What is tested here is not V8.
 */
const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '', ' ', '0', 'a"b', '\ud800'),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\\', '/')),
)

/** Any value at all, much of it no JSON: what a user could hand over by mistake. */
const anything = fc.anything({
  key,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
})

/** JSON data, with hostile keys, lone surrogates and control characters among its texts. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(ownProperties),
  ),
})).value

function ownProperties(entries: readonly (readonly [string, unknown])[]): object {
  const object = {}
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  }
  return object
}

function accepts(value: unknown): boolean {
  try {
    checkJson(value)
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(UnserializableError)
    return false
  }
}

function pathOf(value: unknown): string {
  try {
    checkJson(value)
  } catch (error) {
    if (error instanceof UnserializableError) return error.path
    throw error
  }
  return 'no fault'
}

/** What JSON may change: `-0`, and properties that are `undefined`. */
function withoutWhatIsDropped(value: unknown): unknown {
  if (typeof value === 'number') return value + 0
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutWhatIsDropped)
  return ownProperties(
    Object.entries(value)
      .filter(([, property]) => property !== undefined)
      .map(([key, property]) => [key, withoutWhatIsDropped(property)]),
  )
}

describe('checkJson', () => {
  test('accepts all JSON data', () => {
    fc.assert(
      fc.property(json, (value) => {
        checkJson(value)
      }),
      { numRuns: 2_000 },
    )
  })

  test('accepts nothing that JSON changes, and refuses nothing that it keeps', () => {
    fc.assert(
      fc.property(anything, (value) => {
        if (!accepts(value)) return
        const back: unknown = JSON.parse(JSON.stringify(value))
        deepStrictEqual(back, withoutWhatIsDropped(value))
      }),
      { numRuns: 5_000 },
    )
  })

  test.each<[path: string, value: unknown]>([
    ['$', undefined],
    ['$', () => 1],
    ['$', Symbol('s')],
    ['$', 5n],
    ['$', Number.NaN],
    ['$', -Infinity],
    ['$', new Date(0)],
    ['$', new Map()],
    ['$', new Set()],
    ['$', new Uint8Array(2)],
    ['$', new Error('no data')],
    ['$', new (class extends Array {})()],
    ['$', Object.create({ inherited: 1 })],
    ['$', Object.create(Object.create({ own: 1 }))],
    ['$', new Number(5)],
    ['$', { toJSON: () => 1 }],
    ['$', Object.assign([1], { toJSON: () => 1 })],
    ['$', Object.defineProperty({}, 'toJSON', { value: () => 1, enumerable: false })],
    ['$', { [Symbol('key')]: 1 }],
    ['$[1]', [1, undefined, 2]],
    ['$[2]', [1, 2, Array(3)[0]]],
    ['$[0]', Array(1)],
    ['$.price', { price: Number.NaN }],
    ['$.items[3].price', { items: [1, 2, 3, { price: 7n }] }],
    ['$["odd key"]', { 'odd key': new Date(0) }],
    ['$[""]', { '': new Date(0) }],
    ['$["0"][0]', { 0: [new Date(0)] }],
    ['$["a\\"b"].$ok', { 'a"b': { $ok: new Date(0) } }],
    ['$.größe', { größe: new Date(0) }],
    ['$.__proto__', JSON.parse('{"__proto__": 1e999}')],
  ])('names the path of a fault: %s', (path, value) => {
    expect(pathOf(value)).toBe(path)
  })

  test('begins the path with what it is told', () => {
    expect(() => checkJson({ at: new Date(0) }, 'state')).toThrow(
      'state.at is an object (Date), which JSON would change',
    )
  })

  test('lets a property that is undefined and -0 pass', () => {
    checkJson({ a: undefined, b: -0 })
  })

  test('accepts plain objects and arrays of another realm, and refuses its dates', () => {
    checkJson(runInNewContext('({ a: [1, { b: null }] })'))
    expect(pathOf(runInNewContext('({ at: [new Date(0)] })'))).toBe('$.at[0]')
    expect(pathOf(runInNewContext('Object.create(null)'))).toBe('no fault')
    expect(pathOf(runInNewContext('new (class Money extends Array {})()'))).toBe('$')
  })

  test('refuses a cycle, however long and however wide', () => {
    const short: Record<string, unknown> = { wide: Array.from({ length: 1_000 }, () => ({ a: [1] })) }
    short.self = short
    expect(() => checkJson(short)).toThrow(/part of a cycle/)
    let long: Record<string, unknown> = {}
    const end = long
    for (let depth = 0; depth < 90; depth++) long = { next: long }
    end.next = long
    expect(() => checkJson(long)).toThrow(/part of a cycle/)
  })

  test('lets the same object stand at two places', () => {
    const shared = { a: [1] }
    checkJson({ left: shared, right: [shared, shared] })
  })

  test('takes what is nested up to the limit, and refuses more of it without a stack overflow', () => {
    checkJson(tower(MAX_DEPTH))
    expect(() => JSON.stringify(tower(MAX_DEPTH))).not.toThrow()
    expect(() => checkJson(tower(MAX_DEPTH + 1))).toThrow(UnserializableError)
    expect(() => checkJson(tower(1_000_000))).toThrow(/levels deep/)
  })

  test('passes on what a getter throws', () => {
    const value = {
      get broken(): never {
        throw new RangeError('broken getter')
      },
    }
    expect(() => checkJson(value)).toThrow('broken getter')
  })
})

describe('frozenJson', () => {
  test('gives what JSON gives back', () => {
    fc.assert(
      fc.property(json, (value) => {
        deepStrictEqual(frozenJson(value), JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 2_000 },
    )
  })

  test('drops properties that are undefined, and the sign of -0', () => {
    expect(Object.keys(frozenJson({ kept: 1, dropped: undefined }))).toEqual(['kept'])
    expect(Object.is(frozenJson([-0])[0], 0)).toBe(true)
  })

  test('keeps an own __proto__ as a property', () => {
    const value = JSON.parse('{"__proto__": {"admin": true}}')
    const copy = frozenJson(value)
    expect(Object.keys(copy)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true}}')
  })

  test('is frozen to the bottom, and shares nothing with the original', () => {
    const value = { list: [{ a: 1 }], inner: JSON.parse('{"__proto__": {"b": 1}}') }
    const copy = frozenJson(value)
    value.list[0]!.a = 2
    expect(copy.list[0]!.a).toBe(1)
    for (const part of [copy, copy.list, copy.list[0], copy.inner]) expect(Object.isFrozen(part)).toBe(true)
    expect(Object.isFrozen(Object.getOwnPropertyDescriptor(copy.inner, '__proto__')!.value)).toBe(true)
  })
})

/** Arrays in arrays, so many. */
function tower(height: number): unknown {
  let value: unknown = 1
  for (let depth = 0; depth < height; depth++) value = [value]
  return value
}
