import fc, { type Arbitrary } from 'fast-check'

/** What hostile values throw when somebody looks at them. */
export const trap = new Error('a trap')

function spring(): never {
  throw trap
}

function revoked<T extends object>(target: T): T {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

/** Values that throw, or are nothing that a library expects, when they are looked at, compared, or shown. */
export const hostileValues: readonly (readonly [what: string, make: () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['NaN', () => Number.NaN],
  ['a symbol', () => Symbol('hostile')],
  ['a bigint', () => 10n ** 400n],
  ['a long text', () => 'x'.repeat(10_000)],
  ['a toString that is no function', () => ({ toString: 1, valueOf: 1 })],
  ['a toString that throws', () => ({ toString: spring })],
  ['a valueOf that throws', () => ({ valueOf: spring })],
  ['a toPrimitive that throws', () => ({ [Symbol.toPrimitive]: spring })],
  ['no prototype', () => Object.create(null)],
  ['a constructor that throws', () => Object.defineProperty({}, 'constructor', { get: spring })],
  ['a constructor whose name throws', () => ({ constructor: Object.defineProperty({}, 'name', { get: spring }) })],
  ['a class with a long name', () => ({ constructor: { name: 'N'.repeat(10_000) } })],
  ['a then that throws', () => Object.defineProperty({}, 'then', { get: spring })],
  ['a then that throws when it is called', () => Object.defineProperty({}, 'then', { value: spring })],
  ['a then that settles twice and throws', () => Object.defineProperty({}, 'then', { value: twice })],
  ['a lift and a subscribe that throw', () => ({ lift: spring, subscribe: spring })],
  ['a proxy of traps', () => new Proxy({}, { get: spring, getPrototypeOf: spring, has: spring, ownKeys: spring })],
  ['a revoked proxy', () => revoked({})],
  ['a revoked proxy of an array', () => revoked([])],
  ['a revoked proxy of a function', () => revoked(() => undefined)],
  ['an array whose length throws', () => new Proxy([], { get: spring })],
  ['an array without an end', () => new Proxy([], { get: (_, key) => (key === 'length' ? Infinity : undefined) })],
  ['an empty array', () => []],
  ['a function', () => spring],
  [
    'an error that throws',
    () => Object.defineProperties(new Error(), { retryable: { get: spring }, message: { get: spring } }),
  ],
  ['a date that is none', () => new Date(Number.NaN)],
]

function twice(resolve: (value: unknown) => void, reject: (error: unknown) => void): never {
  reject(trap)
  resolve(undefined)
  reject(trap)
  throw trap
}

/** Of events, and of snapshots. */
const FIELDS = ['id', 'previous', 'stream', 'type', 'payload', 'offset', 'state', 'events'] as const

/** How to make what a hostile producer pushes. A recipe, since a test's tools look at what they hand out. */
interface Recipe {
  /** A good event, one with a hostile field, both in a batch, or no event at all. */
  readonly what: 'good' | 'bad' | 'batch' | 'value'
  /** Which of the hostile values. */
  readonly value: number
  readonly field: (typeof FIELDS)[number]
  /** How often the field answers well before it turns hostile. */
  readonly looks: number
  readonly first: boolean
}

/** Which of the hostile values. */
export const hostileIndex: Arbitrary<number> = fc.nat(hostileValues.length - 1)

/** What a hostile producer pushes: good events in their order, and what it finds beside them. */
export const recipes: Arbitrary<readonly Recipe[]> = fc.array(
  fc.record({
    what: fc.constantFrom('good', 'good', 'bad', 'batch', 'value'),
    value: hostileIndex,
    field: fc.constantFrom(...FIELDS),
    looks: fc.constantFrom(0, 0, 1, 2, 3, 4),
    first: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)

/** Makes what the recipes say: the n-th is the event n. */
export function itemsOf(all: readonly Recipe[]): unknown[] {
  return all.map((recipe, index) => {
    const good = {
      id: index + 1,
      previous: index,
      offset: index + 1,
      events: 1,
      stream: 'shop',
      type: 'Sold',
      payload: 5,
    }
    if (recipe.what === 'good') return good
    if (recipe.what === 'value') return hostileValue(recipe.value)
    const bad = withHostileField(good, recipe)
    if (recipe.what === 'bad') return bad
    return recipe.first ? [bad, good] : [good, bad]
  })
}

/** The n-th of the hostile values, made again. */
export function hostileValue(index: number): unknown {
  return hostileValues[index]![1]()
}

function withHostileField(event: object, { field, looks, value }: Recipe): object {
  let left = looks
  const good = (event as Readonly<Record<string, unknown>>)[field]
  const get = (): unknown => {
    if (left-- > 0) return good
    // One of the hostile values is none: then the look itself is what fails.
    return value === 0 ? spring() : hostileValue(value)
  }
  return Object.defineProperty({ ...event }, field, { enumerable: true, get })
}
