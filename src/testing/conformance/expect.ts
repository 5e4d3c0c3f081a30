import type { ProjectionError } from '../../../operators/model/index.ts'

/** Throws if a required condition is false. */
export function holds(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise)
}

/** Compares JSON data, property by property; a property that is `undefined` equals a missing one. */
export function equal(what: string, actual: unknown, expected: unknown): void {
  const found = difference(actual, expected, '')
  if (found !== undefined) {
    throw new Error(`${what}${found.path} must be ${show(found.expected)}, not ${show(found.actual)}`)
  }
}

type ErrorClass<E> = abstract new (...args: never[]) => E

/** Runs a call that must throw or reject, and returns the error. */
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

/** Waits until a condition is true, and checks it in each turn of the event loop. */
export async function waitUntil(
  what: string,
  happened: () => boolean | Promise<boolean>,
  deadline: number,
): Promise<void> {
  const end = performance.now() + deadline
  while (!(await happened())) {
    holds(performance.now() < end, `${what}: not within ${deadline} ms`)
    await turn()
  }
}

/** Waits for a turn of the event loop: all work that was ready before has then run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}

interface Difference {
  readonly path: string
  readonly actual: unknown
  readonly expected: unknown
}

function difference(actual: unknown, expected: unknown, path: string): Difference | undefined {
  if (Object.is(actual, expected)) return undefined
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    return { path, actual, expected }
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const step = Array.isArray(expected) ? `[${key}]` : `.${key}`
    const found = difference(own(actual, key), own(expected, key), path + step)
    if (found !== undefined) return found
  }
  return undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
