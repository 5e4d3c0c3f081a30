import { inspect } from '../../../operators/model/errors/inspect.ts'

/** The fields of definitions, validated or not. */
interface Fields {
  readonly handlerOf?: unknown
  readonly transaction?: unknown
  readonly process?: unknown
  readonly processPage?: unknown
  readonly initialState?: unknown
}

/** @throws {TypeError} the value is not the definition of a projection; says which function makes or starts it. */
export function checkProjectionDefinition(definition: unknown): void {
  if (kindOf(definition) === 'projection') return
  throw new TypeError(
    kindOf(definition) === 'projector'
      ? 'definition is a projector: start it with startProjector'
      : `definition must be made by defineProjection, as in startProjection(defineProjection({ … }), options), not ${inspect(definition)}`,
  )
}

/** @throws {TypeError} the value is not the definition of a projector; says which function makes or starts it. */
export function checkProjectorDefinition(definition: unknown): void {
  if (kindOf(definition) === 'projector') return
  throw new TypeError(
    kindOf(definition) === 'projection'
      ? 'definition is a projection: start it with startProjection'
      : `definition must be made by defineProjector, as in startProjector(defineProjector({ … }), options), not ${inspect(definition)}`,
  )
}

/** @throws {TypeError} the value is neither. */
export function checkAnyDefinition(definition: unknown): void {
  if (kindOf(definition) === undefined) {
    throw new TypeError(`definition must be made by defineProjection or defineProjector, not ${inspect(definition)}`)
  }
}

function kindOf(definition: unknown): 'projection' | 'projector' | undefined {
  if (typeof definition !== 'object' || definition === null) return undefined
  const { handlerOf, transaction, process, processPage } = definition as Fields
  if (typeof handlerOf === 'function') return 'projection'
  const handles = typeof process === 'function' || typeof processPage === 'function'
  return handles && typeof transaction === 'string' && Object.isFrozen(definition) ? 'projector' : undefined
}
