import type { ProjectionError } from '../../../operators/model/index.ts'

/** Throws where something that must hold does not. */
export function holds(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise)
}

/** Compares JSON data, property by property; one that is `undefined` is as one that is not there. */
export function equal(what: string, actual: unknown, expected: unknown): void {
  holds(isEqual(actual, expected), `${what} must be ${show(expected)}, not ${show(actual)}`)
}

type ErrorClass<E> = abstract new (...args: never[]) => E

/** Runs what has to throw or reject, and returns the error. */
export async function fails<E extends Error | ProjectionError>(
  what: string,
  expected: ErrorClass<E> | readonly ErrorClass<E>[],
  work: () => unknown,
): Promise<E> {
  const classes = [expected].flat() as readonly ErrorClass<E>[]
  const names = classes.map(({ name }) => name).join(' or ')
  let result: unknown
  try {
    result = await work()
  } catch (error) {
    const known = classes.some((Class) => error instanceof Class)
    if (!known) throw new Error(`${what} must fail with a ${names}, not with ${show(error)}`, { cause: error })
    return error as E
  }
  throw new Error(`${what} must fail with a ${names}, but gave ${show(result)}`)
}

/** Waits until something has happened, by looking again in each turn of the event loop. */
export async function waitUntil(what: string, happened: () => boolean, deadline: number): Promise<void> {
  const end = performance.now() + deadline
  while (!happened()) {
    holds(performance.now() < end, `${what}: not within ${deadline} ms`)
    await turn()
  }
}

/** Waits for a turn of the event loop: what was ready before has then run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false
  const [left, right] = [a, b] as Record<string, unknown>[]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isEqual(own(left!, key), own(right!, key)))
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
