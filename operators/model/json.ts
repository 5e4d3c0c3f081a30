import { inspect } from './errors/inspect.ts'
import { UnserializableError } from './errors/UnserializableError.ts'

/** The maximum nesting depth of arrays and objects; deeper values could overflow the stack, here or in a JSON writer. */
export const MAX_DEPTH = 1_000

/**
 * The path is searched for a cycle each time the depth grows by this number: often enough to be fast, rarely enough to be
 * cheap.
 */
const CYCLE_CHECK = 16

/** What JSON would change, and where. The path is built on the way up, so that a value without a fault pays nothing for it. */
interface Fault {
  path: string
  readonly found: string
}

/**
 * Checks that a value survives a JSON round trip unchanged.
 *
 * JSON data is `null`, booleans, strings, finite numbers, and arrays and plain objects of these, also from another realm, at
 * most {@link MAX_DEPTH} deep. The check accepts three things that JSON changes: a property that is `undefined` is dropped,
 * `-0` becomes `0`, and named properties of an array are dropped.
 *
 * @param path the start of a fault's path.
 * @throws {UnserializableError} for anything else, with its path: `$.items[3].price`, `$["odd key"]`.
 */
export function checkJson(value: unknown, path = '$'): void {
  const fault = faultOf(value, [])
  if (fault !== undefined) throw new UnserializableError(path + fault.path, fault.found)
}

/**
 * A deep, frozen copy of JSON data, equal to the result of a JSON round trip. Later changes of the original do not affect it.
 * The value must have passed {@link checkJson}.
 */
export function frozenJson<T>(value: T): T {
  return frozenCopy(value) as T
}

function faultOf(value: unknown, ancestors: object[]): Fault | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined
    case 'number':
      return Number.isFinite(value) ? undefined : faulty(value)
    case 'object':
      if (value === null) return undefined
      return Array.isArray(value) ? faultOfArray(value, ancestors) : faultOfObject(value, ancestors)
    default:
      return faulty(value)
  }
}

function faultOfArray(array: readonly unknown[], ancestors: object[]): Fault | undefined {
  if (!isPlainArray(array)) return faulty(array)
  if (typeof (array as { toJSON?: unknown }).toJSON === 'function') return { path: '', found: 'an array with toJSON' }
  const depth = ancestors.push(array)
  let fault = depth % CYCLE_CHECK === 0 || depth > MAX_DEPTH ? faultOfDepth(ancestors) : undefined
  for (let index = 0; fault === undefined && index < array.length; index++) {
    fault = faultOf(array[index], ancestors)
    if (fault !== undefined) fault.path = `[${index}]${fault.path}`
  }
  ancestors.pop()
  return fault
}

function faultOfObject(object: object, ancestors: object[]): Fault | undefined {
  if (!isPlainObject(object)) return faulty(object)
  if (typeof (object as { toJSON?: unknown }).toJSON === 'function') return { path: '', found: 'an object with toJSON' }
  if (Object.getOwnPropertySymbols(object).length > 0) return { path: '', found: 'an object with a symbol as a key' }
  const depth = ancestors.push(object)
  let fault = depth % CYCLE_CHECK === 0 || depth > MAX_DEPTH ? faultOfDepth(ancestors) : undefined
  const keys = Object.keys(object)
  for (let index = 0; fault === undefined && index < keys.length; index++) {
    const key = keys[index]!
    const value = (object as Record<string, unknown>)[key]
    if (value === undefined) continue
    fault = faultOf(value, ancestors)
    if (fault !== undefined) fault.path = step(key) + fault.path
  }
  ancestors.pop()
  return fault
}

function faulty(value: unknown): Fault {
  return { path: '', found: inspect(value) }
}

function faultOfDepth(ancestors: readonly object[]): Fault | undefined {
  if (new Set(ancestors).size < ancestors.length) return { path: '', found: 'part of a cycle' }
  return ancestors.length > MAX_DEPTH ? { path: '', found: `more than ${MAX_DEPTH} levels deep` } : undefined
}

function isPlainObject(object: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(object)
  if (prototype === Object.prototype || prototype === null) return true
  // Only `Object.prototype` has no prototype and has its own `isPrototypeOf`; this identifies it in another realm too.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

function isPlainArray(array: readonly unknown[]): boolean {
  const prototype: unknown = Object.getPrototypeOf(array)
  // `Array.prototype` is itself an array, in each realm; the prototype of a subclass is not.
  return prototype === Array.prototype || Array.isArray(prototype)
}

function step(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}

function frozenCopy(value: unknown): unknown {
  if (typeof value === 'number') return value + 0
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy))
  const copy: Record<string, unknown> = {}
  const keys = Object.keys(value)
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!
    const property = (value as Record<string, unknown>)[key]
    if (property === undefined) continue
    if (key === '__proto__') {
      // An assignment would set the prototype.
      Object.defineProperty(copy, key, { value: frozenCopy(property), enumerable: true })
    } else {
      copy[key] = frozenCopy(property)
    }
  }
  return Object.freeze(copy)
}
