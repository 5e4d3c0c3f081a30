import { checkGiven } from '../../operators/model/checkFold.ts'
import { inspect } from '../../operators/model/errors/inspect.ts'
import type { LogEvent } from '../../operators/model/index.ts'
import type { Letters } from './eventsOf.ts'

/** The batch that each letter represents. */
export type BatchesByLetter<Events, Batches extends Record<string, string>> = {
  readonly [Letter in keyof Batches]: readonly Events[Letters<Batches[Letter]> & keyof Events][]
}

/**
 * Makes the batches that the letters of a diagram represent, each spelled with the letters of its events: `{ x: 'abc' }`.
 *
 * @example
 * ```ts
 * import { batchesOf, eventsOf } from 'rx-projection/testing'
 *
 * const events = eventsOf('abcd')
 * const batches = batchesOf(events, { x: 'abc', y: 'd' })
 * console.log(batches.x.map(({ id }) => id)) // prints [ 1, 2, 3 ]
 * ```
 * @throws {TypeError} names the batch, and the letter in it that is not an event.
 */
export function batchesOf<
  const Events extends Readonly<Record<string, LogEvent>>,
  const Batches extends Record<string, string>,
>(events: Events, batches: Batches): BatchesByLetter<Events, Batches> {
  checkGiven('events', events)
  checkGiven('batches', batches)
  const spelled = Object.entries(batches).map(([name, letters]) => {
    if (typeof letters !== 'string')
      throw new TypeError(`the batch ${name} must be letters of events, not ${inspect(letters)}`)
    const batch = [...letters].map((letter) => {
      if (Object.hasOwn(events, letter)) return events[letter]
      throw new TypeError(`the batch ${name} is spelled with ${inspect(letter)}, which is no event`)
    })
    return [name, batch]
  })
  return Object.fromEntries(spelled)
}
