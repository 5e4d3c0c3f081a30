import type { EventType, LogEvent, OneOrMany, Projection } from '../../operators/model/index.ts'
import { type SnapshotsOfOptions, snapshotsOf } from './snapshotsOf.ts'

/**
 * Like {@link snapshotsOf}, but only the states: the values that the `state$` of a running projection emits.
 *
 * @example
 * ```ts
 * import { defineProjection } from 'rx-projection'
 * import { eventsOf, statesOf } from 'rx-projection/testing'
 *
 * const total = defineProjection<number, { type: 'Sold'; payload: number }>({
 *   name: 'total',
 *   initialState: () => 0,
 *   on: { Sold: (sum, { payload }) => sum + payload },
 * })
 * const events = eventsOf(total, { a: { type: 'Sold', payload: 5 }, b: { type: 'Sold', payload: 2 } })
 * console.log(statesOf(total, events)) // prints { a: 5, b: 7 }
 * ```
 * @throws {TypeError | RangeError} like `snapshotsOf`.
 */
export function statesOf<
  State,
  E extends EventType,
  const Values extends Readonly<Record<string, OneOrMany<LogEvent>>>,
>(
  projection: Projection<State, E>,
  values: Values,
  options: SnapshotsOfOptions<State> = {},
): { readonly [Letter in keyof Values]: State } {
  const states = Object.entries(snapshotsOf(projection, values, options)).map(([letter, { state }]) => [letter, state])
  return Object.fromEntries(states)
}
