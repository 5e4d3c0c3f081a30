import { checkGiven, checkProjection } from '../../operators/model/checkFold.ts'
import { inspect } from '../../operators/model/errors/inspect.ts'
import type { AnyProjection, AsyncProjection, EventType, LogEvent, Recorded } from '../../operators/model/index.ts'

import { EVENT_FIELDS } from './support/eventFields.ts'

/** The letters of a string, one by one: `Letters<'abc'>` is `'a' | 'b' | 'c'`. */
export type Letters<Text extends string> = string extends Text
  ? string
  : Text extends `${infer First}${infer Rest}`
    ? First | Letters<Rest>
    : never

/** What each letter represents: a type of the event union with its payload, and any field that differs from the default. */
export type EventsByLetter<E extends EventType, Types extends Record<string, E['type']>> = {
  readonly [Letter in keyof Types]: Partial<Omit<LogEvent, 'type' | 'payload'>> & {
    readonly type: Types[Letter]
    readonly payload: OfType<E, Types[Letter]>['payload']
  }
}

/** The event that each letter represents. */
export type RecordedByLetter<E extends EventType, Types extends Record<string, E['type']>> = {
  readonly [Letter in keyof Types]: Recorded<OfType<E, Types[Letter]>>
}

/** The member of a union for a type. If the union names no types, the member for all types. */
type OfType<E extends EventType, Type extends string> = E extends EventType
  ? Type extends E['type']
    ? E
    : never
  : never

/**
 * Makes the events that the letters of a diagram represent: `a` is at position 1, `b` at 2, … `z` at 26. The result is a plain
 * object: the `values` of `cold`, `hot` and `toBeObservable`, or of a plain TestScheduler.
 *
 * For a projection, each letter has a type and a payload of its event union. Other fields of an event are optional: a `stream`
 * other than the projection's first, a `previous`, another `id`, …
 *
 * For operators that do not inspect their events, a string of letters is enough: each letter is the type and the payload of its
 * event.
 *
 * @example
 * ```ts
 * import { ensureSequential } from 'rx-projection/operators'
 * import { eventsOf, marbles } from 'rx-projection/testing'
 *
 * const dropsADuplicate = marbles((m) => {
 *   const events = eventsOf('abc')
 *   const source = m.cold('--a--b--b--c|', events)
 *   const expected = '      --a--b-----c|'
 *   m.expect(source.pipe(ensureSequential())).toBeObservable(expected, events)
 * })
 * ```
 * @throws {TypeError | RangeError} names the invalid letter, or its invalid field.
 */
export function eventsOf<const Text extends string>(
  letters: Text,
  overrides?: { readonly [Letter in Letters<Text>]?: Partial<LogEvent> },
): { readonly [Letter in Letters<Text>]: LogEvent }
export function eventsOf<State, E extends EventType, const Types extends Record<string, E['type']>>(
  projection: AsyncProjection<State, E>,
  events: EventsByLetter<E, Types>,
): RecordedByLetter<E, Types>
export function eventsOf(source: string | AnyProjection<unknown>, given: object = {}): object {
  if (typeof source !== 'string') checkProjection(source)
  checkGiven('events', given)
  const letters = typeof source === 'string' ? [...source] : Object.keys(given)
  const stream = typeof source === 'string' ? 'letters' : (source.streams?.[0] ?? 'letters')
  for (const letter of Object.keys(given)) {
    if (!letters.includes(letter)) throw new TypeError(`${inspect(letter)} is none of the letters ${inspect(source)}`)
    checkFields(letter, given[letter as never])
  }
  return Object.fromEntries(
    letters.map((letter) => {
      const fields: Partial<LogEvent> = given[letter as never] ?? {}
      return [letter, { id: fields.id ?? positionOf(letter), stream, type: letter, payload: letter, ...fields }]
    }),
  )
}

function checkFields(letter: string, fields: unknown): void {
  if (typeof fields !== 'object' || fields === null) {
    throw new TypeError(`the letter ${letter} must stand for an event, not ${inspect(fields)}`)
  }
  const unknown = Object.keys(fields).find((field) => !EVENT_FIELDS.includes(field))
  if (unknown !== undefined) throw new TypeError(`the letter ${letter}: an event has no field ${inspect(unknown)}`)
}

function positionOf(letter: string): number {
  if (/^[a-z]$/.test(letter)) return letter.charCodeAt(0) - 96
  throw new RangeError(`only the letters a to z have a position of their own; give ${inspect(letter)} an id`)
}
