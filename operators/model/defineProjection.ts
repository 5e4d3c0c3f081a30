import { InvalidProjectionError } from './errors/InvalidProjectionError.ts'
import type { EventType } from './event.ts'
import { hint } from './keys.ts'
import { isName, NAME } from './names.ts'
import type {
  AnyHandler,
  AnyProjection,
  AsyncProjection,
  AsyncProjectionDefinition,
  Projection,
  ProjectionDefinition,
} from './projection.ts'

const FIELDS = ['name', 'version', 'streams', 'ignore', 'initialState', 'on', 'evolve']

/**
 * Defines a projection: a named, versioned, pure fold of events into a state.
 *
 * Give the state and the event union as type arguments; everything else is inferred. A handler receives the state and the event
 * and returns the next state. It must not change the given state. If a handler may return a promise, the projection is an
 * {@link AsyncProjection}.
 *
 * @throws {InvalidProjectionError} names the field that is missing, wrong or unknown.
 */
export function defineProjection<State, E extends EventType = EventType>(
  definition: ProjectionDefinition<State, E>,
): Projection<State, E>
export function defineProjection<State, E extends EventType = EventType>(
  definition: AsyncProjectionDefinition<State, E>,
): AsyncProjection<State, E>
export function defineProjection<State, E extends EventType>(
  definition: AsyncProjectionDefinition<State, E>,
): AnyProjection<State> {
  if (typeof definition !== 'object' || definition === null) {
    throw new InvalidProjectionError('definition', definition, 'an object')
  }
  for (const field of Object.keys(definition)) {
    if (!FIELDS.includes(field)) {
      const message = `unknown field: ${field}${hint(field, FIELDS)}`
      throw new InvalidProjectionError(field, (definition as never)[field], '', { message })
    }
  }
  const { name, version = 1, streams, initialState } = definition
  checkName(name)
  checkVersion(version)
  if (typeof initialState !== 'function') {
    throw new InvalidProjectionError('initialState', initialState, 'a function that makes the initial state')
  }
  return Object.freeze({
    name,
    version,
    streams: checkStreams(streams),
    initialState,
    handlerOf: dispatch(definition as AsyncProjectionDefinition<unknown, EventType>),
  })
}

/**
 * @throws {InvalidProjectionError} when `name` is not a non-empty string, or contains the `@` that separates a name from an
 * instance.
 */
export function checkName(name: unknown, field = 'name'): asserts name is string {
  if (!isName(name) || name.includes('@')) {
    throw new InvalidProjectionError(field, name, 'a non-empty string of well-formed Unicode without "@" and NUL')
  }
}

/** @throws {InvalidProjectionError} when `version` is not a positive integer. */
export function checkVersion(version: unknown): asserts version is number {
  if (!Number.isSafeInteger(version) || (version as number) < 1) {
    throw new InvalidProjectionError('version', version, 'a positive integer')
  }
}

/** @returns a copy. @throws {InvalidProjectionError} when `streams` is not a list of stream names. */
export function checkStreams(streams: unknown): readonly string[] | undefined {
  if (streams === undefined) return undefined
  if (!Array.isArray(streams) || streams.length === 0) {
    throw new InvalidProjectionError('streams', streams, 'a non-empty array of stream names')
  }
  streams.forEach((stream: unknown, index) => {
    if (!isName(stream)) {
      throw new InvalidProjectionError(`streams[${index}]`, stream, NAME)
    }
  })
  return Object.freeze([...new Set<string>(streams)])
}

type HandlerOf = AnyProjection<unknown>['handlerOf']

function dispatch(definition: AsyncProjectionDefinition<unknown, EventType>): HandlerOf {
  const { on, evolve, ignore } = definition
  if ((on === undefined) === (evolve === undefined)) {
    throw new InvalidProjectionError('on', on, 'given, or `evolve` in its place: one of the two')
  }
  // A map, so that an event type such as `constructor` or `__proto__` never finds an inherited property.
  const table = new Map<string, AnyHandler | 'ignore'>()
  if (ignore !== undefined && ignore !== 'others') {
    if (!Array.isArray(ignore))
      throw new InvalidProjectionError('ignore', ignore, "an array of event types, or 'others'")
    ignore.forEach((type: unknown, index) => {
      if (typeof type !== 'string') throw new InvalidProjectionError(`ignore[${index}]`, type, 'an event type')
      table.set(type, 'ignore')
    })
  }
  if (evolve !== undefined) {
    if (typeof evolve !== 'function') throw new InvalidProjectionError('evolve', evolve, 'a function')
    if (ignore === 'others')
      throw new InvalidProjectionError('ignore', ignore, 'a list beside `evolve`, which handles all others')
    return (type) => table.get(type) ?? (evolve as AnyHandler)
  }
  // A map or a list does not hold its entries as properties, so none of its handlers would be found.
  if (typeof on !== 'object' || on === null || Symbol.iterator in on)
    throw new InvalidProjectionError('on', on, 'an object of handlers')
  for (const [type, handler] of Object.entries(on)) {
    if (typeof handler !== 'function') throw new InvalidProjectionError(`on.${type}`, handler, 'a function')
    if (table.has(type)) throw new InvalidProjectionError('ignore', type, 'event types that have no handler')
    table.set(type, handler as AnyHandler)
  }
  return lookUp(table, ignore === 'others' ? 'ignore' : undefined)
}

/** Up to this number of event types, a linear search is faster than hashing. */
const FEW = 8

function lookUp(table: ReadonlyMap<string, AnyHandler | 'ignore'>, other: 'ignore' | undefined): HandlerOf {
  if (table.size > FEW) return (type) => table.get(type) ?? other
  const types = [...table.keys()]
  const handlers = [...table.values()]
  return (type) => {
    for (let index = 0; index < types.length; index++) if (types[index] === type) return handlers[index]
    return other
  }
}
