import { checkGiven, checkProjection, checkSnapshot, FOLD } from '../../operators/model/checkFold.ts'
import { isEvent } from '../../operators/model/event.ts'
import { FoldCursor } from '../../operators/model/fold.ts'
import {
  type EventType,
  type FoldOptions,
  initialSnapshot,
  type LogEvent,
  type OneOrMany,
  type ProjectedSnapshot,
  type Projection,
  type Snapshot,
} from '../../operators/model/index.ts'
import { checkKeys } from '../../operators/model/keys.ts'

/** Options of `snapshotsOf`. */
export interface SnapshotsOfOptions<State> extends FoldOptions {
  /** The start of the fold. Default: the initial snapshot. */
  readonly from?: Snapshot<State>
}

/**
 * Folds the events and batches that the letters of a diagram represent into the snapshots that `scanProjection` emits for them,
 * under the same letters. So the expected diagram lines up letter by letter with the source's diagram.
 *
 * All events of lower positions are folded before a letter's events. A failed fold emits nothing: the result omits that letter
 * and all later letters (a batch keeps the snapshot of the events before its failing event).
 *
 * @example
 * ```ts
 * import { defineProjection, scanProjection } from 'rx-projection/operators'
 * import { batchesOf, eventsOf, marbles, snapshotsOf } from 'rx-projection/testing'
 *
 * const total = defineProjection<number, { type: 'Sold'; payload: number }>({
 *   name: 'total',
 *   initialState: () => 0,
 *   on: { Sold: (sum, { payload }) => sum + payload },
 * })
 * const addsUp = marbles((m) => {
 *   const events = eventsOf(total, {
 *     a: { type: 'Sold', payload: 5 },
 *     b: { type: 'Sold', payload: 2 },
 *     c: { type: 'Sold', payload: 3 },
 *   })
 *   const values = { ...events, ...batchesOf(events, { x: 'bc' }) }
 *   const source = m.cold('--a--x|', values)
 *   const expected = '      --a--x|' // a: { offset: 1, state: 5, events: 1 }, x: { offset: 3, state: 10, events: 2 }
 *   m.expect(source.pipe(scanProjection(total))).toBeObservable(expected, snapshotsOf(total, values))
 * })
 * ```
 * @throws {TypeError | RangeError} names the invalid argument. Also thrown if a handler returns a promise: promises do not work
 * in virtual time.
 */
export function snapshotsOf<
  State,
  E extends EventType,
  const Values extends Readonly<Record<string, OneOrMany<LogEvent>>>,
>(
  projection: Projection<State, E>,
  values: Values,
  options: SnapshotsOfOptions<State> = {},
): { readonly [Letter in keyof Values]: ProjectedSnapshot<State> } {
  checkProjection(projection)
  checkGiven('values', values)
  checkGiven('options', options)
  checkKeys(options, ['from', ...FOLD])
  if (options.from !== undefined) checkSnapshot('from', options.from)
  const from = options.from ?? initialSnapshot(projection)
  const pages = Object.entries(values).map(([letter, value]) => [letter, eventsIn(value)] as const)
  const all = pages.flatMap(([, page]) => page)
  const snapshots: Record<string, ProjectedSnapshot<State>> = {}
  for (const [letter, page] of pages) {
    const cursor = new FoldCursor(projection, from, options)
    const first = page[0]?.id ?? 0
    if (first <= from.offset || !folds(cursor, before(all, first, from.offset))) continue
    cursor.snapshot()
    folds(cursor, page)
    if (cursor.moved) snapshots[letter] = cursor.snapshot()
  }
  return snapshots as { readonly [Letter in keyof Values]: ProjectedSnapshot<State> }
}

function eventsIn(value: OneOrMany<LogEvent>): readonly LogEvent[] {
  return [value].flat().filter(isEvent)
}

/** The events between two positions, each once, in order. */
function before(all: readonly LogEvent[], position: number, after: number): readonly LogEvent[] {
  const byPosition = new Map<number, LogEvent>()
  for (const event of all) if (event.id > after && event.id < position) byPosition.set(event.id, event)
  return [...byPosition.values()].sort((one, other) => one.id - other.id)
}

/** Whether all events could be folded; the cursor is after the last one that could. */
function folds(cursor: FoldCursor<unknown>, events: readonly LogEvent[]): boolean {
  try {
    cursor.take(events, 0)
  } catch {
    return false
  }
  if (cursor.pending === undefined) return true
  Promise.resolve(cursor.pending).catch(() => undefined)
  throw new TypeError('a handler returned a promise: there are no promises in virtual time')
}
